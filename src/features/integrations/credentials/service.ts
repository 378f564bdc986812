import 'server-only';
import type { EncryptionService } from '@/core/crypto/encryption';
import type { Tx } from '@/core/db/db';
import { ExternalServiceError, NotFoundError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { LockService } from '@/core/locks/locks';
import { SharedRenewal } from '@/core/locks/shared-renewal';
import { logger } from '@/core/telemetry/logger';
import { metrics } from '@/core/telemetry/metrics';
import type { Clock } from '@/core/time/clock';
import type { IntegrationType } from '../connections/schema';
import type { IntegrationAdapter, OpenSecret } from '../providers/types';
import { secretContext } from './context';
import { BLOCKED_BY_AGE } from './reasons';
import { type CredentialRepository, credentialIdOf, type IntegrationCredential } from './repository';
import { firstNotice, rotationState } from './rotation-state';
import {
  type credentialAuditModel,
  type OAuth2Secret,
  rotationPolicySchema,
  type Secret,
  secretSchema,
} from './schema';
import { UseCounter } from './uses';

const DAY_MS = 86_400_000;
/** A token is renewed before a call when less than this is left. */
const LAZY_MS = 5 * 60_000;
/** The upkeep renews what ends within this. */
const AHEAD_MS = 60 * 60_000;
/** A grant nobody used for so long is renewed, so that the vendor does not drop it. */
const IDLE_MS = 7 * DAY_MS;
const COOL_DOWN_MS = 30_000;
const TOKEN_CALL_MS = 20_000;
const AUDIT_MS = 90 * DAY_MS;
const BATCH = 50;

type AuditAction = (typeof credentialAuditModel)['schema']['shape']['action']['_output'];

export interface CredentialDeps {
  repository: CredentialRepository;
  encryption: EncryptionService;
  adapters: ReadonlyMap<IntegrationType, Pick<IntegrationAdapter, 'refreshTokens'>>;
  locks: Pick<LockService, 'withLock'>;
  /** Called once per loss, in the transaction that notes it. */
  onRefused(tx: Tx, credential: IntegrationCredential, reason: string): Promise<() => void>;
  clock: Clock;
  ids: Ids;
}

export interface NewSecret {
  organizationId: string;
  integrationId: string;
  integrationType: IntegrationType;
  secret: Secret;
  expiresAt: Date | null;
}

interface Held {
  credential: IntegrationCredential;
  open: OpenSecret;
}

/**
 * The vault for what opens other companies' doors: nine kinds of secret, encrypted and bound to their owner, renewed once for all
 * processes. No answer, log line or event holds a secret.
 */
export class SecureCredentialService {
  readonly #renewals: SharedRenewal<OpenSecret>;
  readonly #uses: UseCounter;

  constructor(readonly deps: CredentialDeps) {
    this.#uses = new UseCounter(deps.repository, deps.clock);
    this.#renewals = new SharedRenewal(deps.locks, renewedElsewhere);
  }

  /** Encrypts a secret; `put` writes it. Apart, because a transaction may be repeated. */
  async seal(fresh: NewSecret): Promise<string> {
    const secret = secretSchema.parse(fresh.secret);
    return this.deps.encryption.encryptJson(
      secret,
      secretContext(fresh.integrationType, fresh.organizationId),
    );
  }

  /** Writes a sealed secret in place of what was known. Its version never comes back. */
  put(
    tx: Tx,
    fresh: NewSecret & { payload: string; version: number },
    known: IntegrationCredential | null,
    actor: string,
  ): void {
    const { repository, clock } = this.deps;
    const now = clock.now();
    const { organizationId, integrationId, integrationType, secret, expiresAt, payload, version } = fresh;
    const refreshable = secret.type === 'oauth2' && secret.refreshToken !== null;
    const rotationPolicy = known?.rotationPolicy ?? rotationPolicySchema.parse({});
    tx.set(repository.ref(integrationId), {
      organizationId,
      integrationId,
      kind: 'integration',
      integrationType,
      type: secret.type,
      payload,
      version,
      issuedAt: now,
      expiryTime: expiresAt,
      enabled: true,
      refreshable,
      nextRefreshAt: refreshable ? nextRefreshAt(expiresAt, now) : null,
      lastRefreshedAt: null,
      refreshCount: 0,
      refreshAfter: null,
      rotationPolicy,
      rotationNoticeAt: firstNotice({ issuedAt: now, refreshable, rotationPolicy }),
      blockedAt: null,
    });
    this.#note(tx, { organizationId, integrationId, version }, known ? 'replaced' : 'created', actor);
  }

  /** Destroys a secret. */
  destroy(tx: Tx, credential: IntegrationCredential, actor: string): void {
    tx.delete(this.deps.repository.ref(credential.integrationId));
    this.#note(tx, credential, 'revoked', actor);
  }

  /**
   * A secret fit for use now; a token near its end is renewed first.
   * @throws ExternalServiceError `auth_expired` when a person must reconnect; `unavailable` when a token that ended could not be
   *   renewed for a passing reason.
   */
  async open(integrationId: string): Promise<OpenSecret> {
    const held = await this.#load(integrationId);
    const { credential } = held;
    await this.#uses.note(credential, this.#entry(credential, 'used', 'system'));
    const now = this.deps.clock.now();
    const left = credential.expiryTime ? credential.expiryTime.getTime() - now.getTime() : Infinity;
    if (left > LAZY_MS || !credential.refreshable) return held.open;
    const usable = left > 0;
    if (usable && credential.refreshAfter && credential.refreshAfter > now) return held.open;
    try {
      return await this.#renewOnce(held);
    } catch (error) {
      // The old token still works: trouble with renewing it must not stop the work.
      if (usable && error instanceof ExternalServiceError && error.kind !== 'auth_expired') return held.open;
      throw error;
    }
  }

  /** The vendor refused this version; resolves once a newer one is stored. @throws ExternalServiceError as {@link open} */
  async renew(integrationId: string, rejectedVersion: number): Promise<void> {
    const held = await this.#load(integrationId);
    if (held.open.version > rejectedVersion) return;
    if (!held.credential.refreshable) {
      await this.#refused(held.credential, 'The vendor no longer accepts this key.');
      throw reconnect(held.credential.integrationType, 'The vendor no longer accepts this key.');
    }
    await this.#renewOnce(held);
  }

  /** Renews grants that end within the hour or were idle for a week. */
  async upkeep(open: () => boolean): Promise<{ renewed: number; failed: number }> {
    const { repository, clock } = this.deps;
    const report = { renewed: 0, failed: 0 };
    while (open()) {
      const due = await repository.due(clock.now(), BATCH);
      for (const credential of due) {
        if (!open()) return report;
        try {
          await this.#renewOnce(await this.#load(credential.integrationId));
          report.renewed += 1;
        } catch (error) {
          report.failed += 1;
          logger.warn(
            { err: error, integrationId: credential.integrationId },
            'a grant could not be renewed',
          );
          await this.#later(credential);
        }
      }
      if (due.length < BATCH) return report;
    }
    return report;
  }

  async #load(integrationId: string): Promise<Held> {
    const credential = await this.deps.repository.get(integrationId);
    if (!credential) throw new NotFoundError('The secret of this integration');
    if (!credential.enabled)
      throw reconnect(credential.integrationType, 'The vendor no longer accepts this connection.');
    if (rotationState(credential, this.deps.clock.now()) === 'blocked')
      throw reconnect(credential.integrationType, BLOCKED_BY_AGE);
    const context = secretContext(credential.integrationType, credential.organizationId);
    const secret = secretSchema.parse(await this.deps.encryption.decryptJson(credential.payload, context));
    return { credential, open: { version: credential.version, secret } };
  }

  #renewOnce({ credential }: Held): Promise<OpenSecret> {
    const { integrationId, version } = credential;
    return this.#renewals.once(integrationId, version, {
      load: () => this.#load(integrationId),
      valueOf: (held: Held) => held.open,
      renew: (held: Held, lost) => this.#renew(held, lost),
    });
  }

  async #renew({ credential, open }: Held, lost: AbortSignal): Promise<OpenSecret> {
    const { clock, adapters } = this.deps;
    const type = credential.integrationType;
    if (credential.refreshAfter && credential.refreshAfter > clock.now()) throw coolingDown(type);
    const adapter = adapters.get(type);
    if (!adapter || open.secret.type !== 'oauth2') throw reconnect(type, 'This sign-in cannot be renewed.');
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(TOKEN_CALL_MS), lost]);
      const fresh = await adapter.refreshTokens(open.secret, signal);
      // A vendor that sends no new refresh token means that the old one stays.
      const secret = { ...fresh.secret, refreshToken: fresh.secret.refreshToken ?? open.secret.refreshToken };
      return await this.#save(credential, secret, fresh.expiresAt);
    } catch (error) {
      return await this.#renewalFailed(credential, error);
    }
  }

  /** Saves by version: a holder who lost the lock in the middle of the call must not overwrite a newer secret. */
  async #save(
    credential: IntegrationCredential,
    secret: OAuth2Secret,
    expiresAt: Date | null,
  ): Promise<OpenSecret> {
    const { repository, clock } = this.deps;
    const { organizationId, integrationId, integrationType } = credential;
    const payload = await this.seal({ organizationId, integrationId, integrationType, secret, expiresAt });
    const now = clock.now();
    const version = credential.version + 1;
    const saved = await repository.run(async (tx) => {
      const current = await tx.get(repository.ref(integrationId));
      if (current?.version !== credential.version) return false;
      tx.update(repository.ref(integrationId), {
        payload,
        version,
        issuedAt: now,
        expiryTime: expiresAt,
        nextRefreshAt: nextRefreshAt(expiresAt, now),
        lastRefreshedAt: now,
        refreshCount: current.refreshCount + 1,
        refreshAfter: null,
      });
      this.#note(tx, { organizationId, integrationId, version }, 'refreshed', 'system');
      return true;
    });
    metrics.credentialRefresh(integrationType, 'refreshed');
    return saved ? { version, secret } : (await this.#load(integrationId)).open;
  }

  async #renewalFailed(credential: IntegrationCredential, error: unknown): Promise<OpenSecret> {
    const { repository, clock } = this.deps;
    const { integrationId, version, integrationType } = credential;
    const gone =
      error instanceof ExternalServiceError && error.kind === 'auth_expired' && error.outcome === 'rejected';
    if (gone) {
      // Somebody may have reconnected meanwhile: their grant is not the one that was refused.
      const again = await this.#load(integrationId);
      if (again.open.version > version) return again.open;
      const reason = 'The vendor no longer accepts this connection.';
      await this.#refused(credential, reason);
      metrics.credentialRefresh(integrationType, 'needs_reauth');
      throw reconnect(integrationType, reason);
    }
    const refreshAfter = new Date(clock.now().getTime() + COOL_DOWN_MS);
    await repository.run(async (tx) => {
      if ((await tx.get(repository.ref(integrationId)))?.version !== version) return;
      tx.update(repository.ref(integrationId), { refreshAfter });
      this.#note(tx, credential, 'refresh_failed', 'system');
    });
    metrics.credentialRefresh(integrationType, 'failed');
    throw error;
  }

  /** Once per loss: noted only by whoever makes the change. */
  async #refused(credential: IntegrationCredential, reason: string): Promise<void> {
    const { repository } = this.deps;
    await repository.run(async (tx) => {
      const ref = repository.ref(credential.integrationId);
      const current = await tx.get(ref);
      if (current?.version !== credential.version || !current.enabled) return;
      const write = await this.deps.onRefused(tx, current, reason);
      tx.update(ref, { enabled: false, nextRefreshAt: null });
      this.#note(tx, current, 'refused', 'system');
      write();
    });
  }

  async #later({ integrationId, version }: IntegrationCredential): Promise<void> {
    const { repository, clock } = this.deps;
    await repository.run(async (tx) => {
      const current = await tx.get(repository.ref(integrationId));
      if (current?.version !== version || current.nextRefreshAt === null) return;
      tx.update(repository.ref(integrationId), {
        nextRefreshAt: new Date(clock.now().getTime() + AHEAD_MS),
      });
    });
  }

  #note(
    tx: Tx,
    of: Pick<IntegrationCredential, 'organizationId' | 'integrationId' | 'version'>,
    action: AuditAction,
    actor: string,
  ): void {
    this.deps.repository.audit(tx, this.deps.ids.next(), this.#entry(of, action, actor));
  }

  #entry(
    of: Pick<IntegrationCredential, 'organizationId' | 'integrationId' | 'version'>,
    action: AuditAction,
    actor: string,
  ) {
    const at = this.deps.clock.now();
    const { organizationId, integrationId, version } = of;
    const credentialId = credentialIdOf(integrationId);
    const expiresAt = new Date(at.getTime() + AUDIT_MS);
    return { organizationId, credentialId, integrationId, action, actor, version, count: 1, at, expiresAt };
  }
}

/** The upkeep runs every six hours: a short token is left to those who use it, and a grant is renewed weekly at least. */
function nextRefreshAt(expiresAt: Date | null, now: Date): Date {
  const idle = now.getTime() + IDLE_MS;
  const life = expiresAt ? expiresAt.getTime() - now.getTime() : Infinity;
  if (!expiresAt || life <= DAY_MS) return new Date(idle);
  return new Date(Math.min(idle, expiresAt.getTime() - AHEAD_MS));
}

function reconnect(provider: string, message: string): ExternalServiceError {
  return new ExternalServiceError(`${message} Reconnect it.`, {
    provider,
    kind: 'auth_expired',
    retryable: false,
    outcome: 'not_sent',
    vendorCode: 'needs_reauth',
  });
}

function renewedElsewhere(): ExternalServiceError {
  return passing('integration', 'The sign-in is being renewed elsewhere.', 5_000, 'refresh_busy');
}

function coolingDown(provider: string): ExternalServiceError {
  return passing(
    provider,
    'The sign-in could not be renewed just now.',
    COOL_DOWN_MS,
    'refresh_cooling_down',
  );
}

function passing(
  provider: string,
  message: string,
  retryAfterMs: number,
  vendorCode: string,
): ExternalServiceError {
  return new ExternalServiceError(message, {
    provider,
    kind: 'unavailable',
    retryable: true,
    retryAfterMs,
    outcome: 'not_sent',
    vendorCode,
  });
}
