import 'server-only';
import type { Tx } from '@/core/db/db';
import { ExternalServiceError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { LockService } from '@/core/locks/locks';
import { SharedRenewal } from '@/core/locks/shared-renewal';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { accountNeedsReauth } from '@/features/platforms/events';
import type { PlatformAdapterFactory } from '@/features/platforms/factories';
import type { FreshCredentials, PlatformAdapter } from '@/features/platforms/providers/adapter';
import { isExternal } from '@/features/platforms/providers/http';
import type { ChannelFacts, Credentials } from '@/features/platforms/providers/types';
import type { PlatformCredential, PlatformRepository } from '@/features/platforms/repository';
import type { Connection } from '@/features/platforms/schema';
import { healthByDates, nextCheckAt, renewalDueAt, type TokenFacts } from '@/features/platforms/token-life';
import type { CredentialVault } from '@/features/platforms/vault';

const TOKEN_CALL_MS = 20_000;
const COOL_DOWN_MS = 30_000;

export function channelFactsOf(connection: Connection): ChannelFacts {
  return {
    connectionId: connection.id,
    organizationId: connection.organizationId,
    platform: connection.platform,
    accountId: connection.accountId,
    handle: connection.handle,
    ...(connection.baseUrl ? { baseUrl: connection.baseUrl } : {}),
    settings: connection.settings,
  };
}

export function tokenFactsOf(
  credential: Pick<PlatformCredential, 'issuedAt' | 'expiryTime'>,
  connection: Pick<Connection, 'grantExpiresAt' | 'refreshable'>,
): TokenFacts {
  return {
    issuedAt: credential.issuedAt,
    expiresAt: credential.expiryTime,
    grantExpiresAt: connection.grantExpiresAt,
    refreshable: connection.refreshable,
  };
}

/** A connection, its stored secret and the opened tokens. */
interface Held {
  connection: Connection;
  credential: PlatformCredential;
  credentials: Credentials;
}

/**
 * Keeps tokens fit for use: renews them once for everybody, and tells passing trouble from a grant that is gone.
 * Order of a renewal: one per process → lock → read again → token call → save by version.
 */
export class TokenKeeper {
  readonly #renewals: SharedRenewal<Credentials>;

  constructor(
    readonly repository: PlatformRepository,
    readonly vault: CredentialVault,
    readonly adapters: PlatformAdapterFactory,
    readonly locks: LockService,
    readonly outbox: Outbox,
    readonly clock: Clock,
  ) {
    this.#renewals = new SharedRenewal(locks, busy);
  }

  /**
   * Tokens fit for use now.
   * @throws ExternalServiceError `auth_expired` when a person must reconnect; `unavailable` when a token that ended could not be
   *   renewed for a passing reason.
   */
  async credentials(connectionId: string): Promise<Credentials> {
    const held = await this.#load(connectionId);
    requireGrant(held.connection);
    const due = renewalDueAt(tokenFactsOf(held.credential, held.connection));
    const now = this.clock.now();
    if (!due || due > now) return held.credentials;
    const coolingDown = held.credential.refreshAfter !== null && held.credential.refreshAfter > now;
    const usable = held.credential.expiryTime !== null && held.credential.expiryTime > now;
    if (coolingDown && usable) return held.credentials;
    try {
      return await this.#renewOnce(held, false);
    } catch (error) {
      // The old token still works: trouble with renewing it must not stop a post.
      if (usable && isExternal(error) && error.kind !== 'auth_expired') return held.credentials;
      throw error;
    }
  }

  /**
   * The network refused this version; resolves once a newer one is stored.
   * @throws ExternalServiceError as {@link credentials}
   */
  async renew(connectionId: string, rejectedVersion: number): Promise<void> {
    const held = await this.#load(connectionId);
    if (held.credential.version > rejectedVersion) return;
    requireGrant(held.connection);
    await this.#renewOnce(held, true);
  }

  /** Asks the network whether the grant stands, and records the answer. A token that merely ran out is renewed first. */
  async confirm(connectionId: string): Promise<{ valid: boolean }> {
    const stored = await this.#load(connectionId);
    let { credentials } = stored;
    const due = renewalDueAt(tokenFactsOf(stored.credential, stored.connection));
    if (due && due <= this.clock.now()) {
      try {
        credentials = await this.#renewOnce(stored, false);
      } catch (error) {
        if (!isExternal(error, 'auth_expired')) throw error;
        return { valid: false };
      }
    }
    const held = { ...(await this.#load(connectionId)), credentials };
    const adapter = this.adapters.get(held.connection.platform);
    const validity = await adapter.validateConnection(this.#tokenContext(held));
    if (validity.valid) await this.#recordHealthy(held);
    else await this.#recordGone(held, validity.reason);
    return { valid: validity.valid };
  }

  async #load(connectionId: string): Promise<Held> {
    const [connection, credential] = await this.repository.connectionWithCredential(connectionId);
    if (!connection?.active || !credential)
      throw gone(connection?.platform ?? 'platform', 'This channel is not connected.');
    return { connection, credential, credentials: await this.vault.open(credential) };
  }

  #renewOnce({ connection, credential }: Held, forced: boolean): Promise<Credentials> {
    const { id } = connection;
    return this.#renewals.once(id, credential.version, {
      load: () => this.#load(id),
      valueOf: (held) => held.credentials,
      renew: (held, lost) => this.#renew(held, forced, lost),
    });
  }

  async #renew(held: Held, forced: boolean, lost: AbortSignal): Promise<Credentials> {
    const adapter = this.adapters.get(held.connection.platform);
    if (!adapter.refreshTokens || !held.credentials.refreshToken)
      return await this.#withoutRenewal(held, adapter, forced);
    let fresh: FreshCredentials;
    try {
      fresh = await adapter.refreshTokens(this.#tokenContext(held, lost));
    } catch (error) {
      return await this.#renewalFailed(held, adapter, error);
    }
    return await this.#save(held, fresh);
  }

  /** Nothing to renew with: either the refusal was a passing one, or the grant is gone. */
  async #withoutRenewal(held: Held, adapter: PlatformAdapter, forced: boolean): Promise<Credentials> {
    if (!forced) return held.credentials;
    const validity = await adapter.validateConnection(this.#tokenContext(held));
    if (validity.valid) return held.credentials;
    await this.#recordGone(held, validity.reason);
    throw gone(held.connection.platform, validity.reason);
  }

  /** Saves by version: a holder who lost the lock in the middle of the call must not overwrite a newer token. */
  async #save(held: Held, fresh: FreshCredentials): Promise<Credentials> {
    const { connection, credential } = held;
    const payload = await this.vault.seal(connection.platform, connection.organizationId, fresh);
    const now = this.clock.now();
    const version = credential.version + 1;
    const saved = await this.repository.run(async (tx) => {
      const current = await tx.get(this.repository.credentialRef(connection.id));
      if (current?.version !== credential.version) return false;
      tx.update(this.repository.credentialRef(connection.id), {
        payload,
        version,
        issuedAt: now,
        expiryTime: fresh.expiresAt ?? null,
        lastRefreshedAt: now,
        refreshCount: credential.refreshCount + 1,
        refreshAfter: null,
      });
      const dates = {
        tokenExpiresAt: fresh.expiresAt ?? null,
        grantExpiresAt: fresh.grantExpiresAt ?? null,
      };
      const facts = tokenFactsOf(
        { issuedAt: now, expiryTime: dates.tokenExpiresAt },
        { ...connection, ...dates },
      );
      tx.update(this.repository.connectionRef(connection.id), {
        ...dates,
        tokenVersion: version,
        health: healthByDates(facts, now),
        healthReason: null,
        warnedDays: null,
        nextCheckAt: nextCheckAt(facts, now),
      });
      return true;
    });
    if (!saved) return (await this.#load(connection.id)).credentials;
    return { ...fresh, version };
  }

  /** Only a refused grant that the network confirms means that a person must reconnect. */
  async #renewalFailed(held: Held, adapter: PlatformAdapter, error: unknown): Promise<Credentials> {
    if (isExternal(error, 'auth_expired') && error.outcome === 'rejected') {
      try {
        const validity = await adapter.validateConnection(this.#tokenContext(held));
        if (!validity.valid) {
          await this.#recordGone(held, validity.reason);
          throw gone(held.connection.platform, validity.reason);
        }
      } catch (second) {
        if (isExternal(second, 'auth_expired')) throw second;
        logger.warn(
          { err: second, connectionId: held.connection.id },
          'a refused renewal could not be confirmed',
        );
      }
    }
    await this.#recordTrouble(held);
    throw isExternal(error, 'auth_expired') ? passing(held.connection.platform, error) : error;
  }

  async #recordTrouble({ connection, credential }: Held): Promise<void> {
    const now = this.clock.now();
    await this.repository.run(async (tx) => {
      const current = await tx.get(this.repository.credentialRef(connection.id));
      if (current?.version !== credential.version) return;
      const refreshAfter = new Date(now.getTime() + COOL_DOWN_MS);
      tx.update(this.repository.credentialRef(connection.id), { refreshAfter });
      if (connection.health === 'refresh_failing') return;
      tx.update(this.repository.connectionRef(connection.id), {
        health: 'refresh_failing',
        healthReason:
          'The last renewal of the sign-in failed. It is tried again by itself; posts still go out.',
        nextCheckAt: new Date(now.getTime() + 3_600_000),
      });
    });
  }

  async #recordHealthy({ connection, credential }: Held): Promise<void> {
    const now = this.clock.now();
    const health = healthByDates(tokenFactsOf(credential, connection), now);
    if (connection.health === health) return;
    await this.repository.run(async (tx) => {
      const current = await tx.get(this.repository.connectionRef(connection.id));
      if (!current?.active || current.tokenVersion !== credential.version) return;
      tx.update(this.repository.connectionRef(connection.id), { health, healthReason: null });
    });
  }

  /** Once per loss: the event is written with the state change, and only by whoever makes it. */
  async #recordGone({ connection, credential }: Held, reason: string): Promise<void> {
    await this.repository.run(async (tx) =>
      this.markNeedsReauth(tx, connection.id, reason, credential.version),
    );
  }

  /** @returns whether the state changed now. */
  async markNeedsReauth(tx: Tx, connectionId: string, reason: string, version: number): Promise<boolean> {
    const current = await tx.get(this.repository.connectionRef(connectionId));
    if (!current?.active || current.tokenVersion !== version || current.health === 'needs_reauth')
      return false;
    tx.update(this.repository.connectionRef(connectionId), {
      health: 'needs_reauth',
      healthReason: `${reason} Reconnect it; waiting posts go out afterwards.`,
    });
    this.outbox.append(tx, accountNeedsReauth, {
      connectionId,
      organizationId: current.organizationId,
      platform: current.platform,
      handle: current.handle,
      reason,
    });
    return true;
  }

  #tokenContext(held: Held, lost?: AbortSignal) {
    const timeout = AbortSignal.timeout(TOKEN_CALL_MS);
    return {
      channel: channelFactsOf(held.connection),
      credentials: held.credentials,
      signal: lost ? AbortSignal.any([timeout, lost]) : timeout,
    };
  }
}

/** A grant that is known to be gone is not asked for again and again. */
function requireGrant(connection: Connection): void {
  if (connection.health !== 'needs_reauth') return;
  throw gone(connection.platform, connection.healthReason ?? 'This channel must be reconnected.');
}

function busy(): ExternalServiceError {
  return new ExternalServiceError('The sign-in of this channel is being renewed elsewhere.', {
    provider: 'platform',
    kind: 'unavailable',
    retryable: true,
    retryAfterMs: 5_000,
    outcome: 'not_sent',
    vendorCode: 'refresh_busy',
  });
}

function gone(provider: string, message: string): ExternalServiceError {
  return new ExternalServiceError(message, {
    provider,
    kind: 'auth_expired',
    retryable: false,
    outcome: 'not_sent',
    vendorCode: 'needs_reauth',
  });
}

function passing(provider: string, cause: ExternalServiceError): ExternalServiceError {
  return new ExternalServiceError(
    'The sign-in of this channel could not be renewed just now.',
    {
      provider,
      kind: 'unavailable',
      retryable: true,
      retryAfterMs: COOL_DOWN_MS,
      outcome: 'not_sent',
      vendorCode: 'refresh_failed',
    },
    { cause },
  );
}
