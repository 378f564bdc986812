import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { EncryptionService } from '@/core/crypto/encryption';
import { hashSecret } from '@/core/crypto/secrets';
import type { Page } from '@/core/db/cursor';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { standardKey } from '@/core/webhooks/signatures';

import { INBOUND_PREFIX, type WebhookSecrets, webhookSecretsSchema } from '../schema';
import { liveSecrets, newWebhookSecret, webhookSecretContext } from '../signing';
import { INBOUND_PROVIDERS, type InboundProvider } from './providers.data';
import { INBOUND_JOB } from './receiver';
import {
  type InboundEvent,
  type InboundRegistration,
  type InboundRepository,
  MAX_REGISTRATIONS,
} from './repository';
import type {
  CreatedInboundView,
  InboundEventQuery,
  InboundEventView,
  InboundHealthView,
  InboundRegistrationView,
  InboundSettings,
  RegisterWebhookBody,
  RotateInboundBody,
} from './schema';

const HOUR_MS = 3600_000;
const HANDSHAKE_MS = 15 * 60_000;
const PREVIEW = 2_000;

export interface RegistrationDeps {
  repository: InboundRepository;
  encryption: EncryptionService;
  audit: AuditTrail;
  jobs: Pick<JobQueue, 'enqueue'>;
  /** Tells this process that a registration changed. */
  forget: (registrationId: string) => void;
  appUrl: string;
  clock: Clock;
  ids: Ids;
}

/** Where vendors may send, with which secret, and what came. */
export class WebhookManagementService {
  static getInstance(): WebhookManagementService {
    return singleton<WebhookManagementService>('WebhookManagementService');
  }

  constructor(readonly deps: RegistrationDeps) {}

  /** Newest first. */
  async list(organizationId: string): Promise<InboundRegistrationView[]> {
    const found = await this.deps.repository.registrations(organizationId);
    return found
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .map((registration) => this.#view(registration));
  }

  /**
   * Opens an address for a vendor. Secrets that we choose are in this answer and nowhere ever again.
   * @throws ValidationError when the vendor needs a setting or a secret that is not there.
   * @throws ConflictError when the organisation has as many as it may.
   */
  async register(actor: Actor, input: RegisterWebhookBody): Promise<CreatedInboundView> {
    const { repository, audit, clock, ids } = this.deps;
    requireSettings(input.providerId, input.settings);
    const { organizationId } = actor;
    const id = ids.next(INBOUND_PREFIX);
    const fresh = this.#secret(input.providerId, input.secret);
    const verifyToken = input.providerId === 'meta' ? ids.secret() : null;
    const payload = fresh && (await this.#seal(organizationId, id, [fresh]));
    const { providerId, description, integrationId, connectionId, events, settings } = input;
    await repository.run(async (tx) => {
      if ((await repository.countIn(tx, organizationId)) >= MAX_REGISTRATIONS)
        throw new ConflictError(
          `An organisation has at most ${MAX_REGISTRATIONS} of these. Delete one first.`,
        );
      if (payload) tx.create(repository.secretRef(id), { organizationId, kind: 'webhook_secret', payload });
      tx.create(repository.registrationRef(id), {
        ...{ organizationId, providerId, integrationId, connectionId, description, events, settings },
        direction: 'in',
        webhookUrl: this.#address(id),
        providerWebhookId: null,
        status: 'active',
        disabledReason: null,
        verified: false,
        handshakeUntil: new Date(clock.now().getTime() + HANDSHAKE_MS),
        failureCount: 0,
        failingSince: null,
        secrets: fresh ? hints([fresh]) : [],
        verifyTokenHash: verifyToken && hashSecret(verifyToken),
        createdBy: actor.userId,
      });
      audit.append(tx, actor, entry('webhook.created', id, providerId));
    });
    return this.#created(organizationId, id, input.secret === undefined ? fresh : null, verifyToken);
  }

  /** Closes an address at once. What came through it stays until it expires. */
  async delete(actor: Actor, id: string): Promise<void> {
    const { repository, audit, forget } = this.deps;
    await repository.run(async (tx) => {
      const known = present(await repository.registrationIn(tx, actor.organizationId, id));
      tx.delete(repository.registrationRef(id));
      tx.delete(repository.secretRef(id));
      audit.append(tx, actor, entry('webhook.deleted', id, known.providerId));
    });
    forget(id);
  }

  /**
   * Sets a new secret; the old one verifies beside it until it ends. Switches a registration on again that had failed, and opens
   * the handshake of vendors that have one.
   */
  async rotate(actor: Actor, id: string, input: RotateInboundBody): Promise<CreatedInboundView> {
    const { repository, audit, clock, forget } = this.deps;
    const { organizationId } = actor;
    const known = present(await repository.registration(organizationId, id));
    const fresh = this.#secret(known.providerId, input.secret);
    const now = clock.now();
    const until = new Date(now.getTime() + input.keepOldHours * HOUR_MS);
    await repository.run(async (tx) => {
      present(await repository.registrationIn(tx, organizationId, id));
      const stored = await tx.get(repository.secretRef(id));
      const old = stored
        ? liveSecrets(await this.#open(organizationId, id, stored.payload), now)[0]
        : undefined;
      const kept = old && input.keepOldHours > 0 ? [{ ...old, expiresAt: until }] : [];
      const secrets = fresh ? [fresh, ...kept] : kept;
      const payload = await this.#seal(organizationId, id, secrets);
      tx.set(repository.secretRef(id), { organizationId, kind: 'webhook_secret', payload });
      tx.update(repository.registrationRef(id), {
        ...{
          secrets: hints(secrets),
          status: 'active',
          disabledReason: null,
          failureCount: 0,
          failingSince: null,
        },
        ...(fresh ? {} : { verified: false, handshakeUntil: new Date(now.getTime() + HANDSHAKE_MS) }),
      });
      const facts = { keepOldHours: input.keepOldHours };
      audit.append(tx, actor, entry('webhook.secret_rotated', id, known.providerId, facts));
    });
    forget(id);
    return this.#created(organizationId, id, input.secret === undefined ? fresh : null, null);
  }

  async health(organizationId: string, id: string): Promise<InboundHealthView> {
    const { repository, clock } = this.deps;
    const known = present(await repository.registration(organizationId, id));
    const since = new Date(clock.now().getTime() - 24 * HOUR_MS);
    const [last, received, failed, refused, handshakeToken] = await Promise.all([
      repository.lastEvent(organizationId, id),
      repository.countEvents(organizationId, id, { since }),
      repository.countEvents(organizationId, id, { since, status: 'failed' }),
      repository.countRefusals(organizationId, id, since),
      this.#handshakeToken(known),
    ]);
    const { status, disabledReason, verified, failureCount, failingSince } = known;
    return {
      ...{ status, disabledReason, verified, failureCount, failingSince, received, failed, refused },
      lastReceivedAt: last?.receivedAt ?? null,
      handshakeToken,
    };
  }

  /** Newest first. */
  async events(
    organizationId: string,
    id: string,
    query: InboundEventQuery,
  ): Promise<Page<InboundEventView>> {
    present(await this.deps.repository.registration(organizationId, id));
    const { items, cursor } = await this.deps.repository.events(organizationId, id, query);
    return { items: items.map(eventView), cursor };
  }

  /** Has a delivery that failed processed again, with all its tries. @throws ConflictError for one that need not or cannot be. */
  async replay(actor: Actor, id: string, eventId: string): Promise<InboundEventView> {
    const { repository, jobs, audit } = this.deps;
    const replays = await repository.run(async (tx) => {
      const event = await repository.eventIn(tx, eventId);
      const known = present(await repository.registrationIn(tx, actor.organizationId, id));
      if (event?.organizationId !== actor.organizationId || event.registrationId !== id)
        throw new NotFoundError('This delivery');
      if (event.status !== 'failed')
        throw new ConflictError('Only a delivery whose processing failed can be processed again.');
      tx.update(repository.eventRef(eventId), {
        status: 'received',
        error: null,
        replays: event.replays + 1,
      });
      audit.append(tx, actor, entry('webhook.changed', id, known.providerId, { replayed: eventId }));
      return event.replays + 1;
    });
    const idempotencyKey = `${eventId}_${replays}`;
    await jobs.enqueue({ type: INBOUND_JOB, payload: { eventId }, idempotencyKey });
    const event = await repository.event(eventId);
    if (!event) throw new NotFoundError('This delivery');
    return eventView(event);
  }

  /** The token stays readable until it has signed something: a person has to paste it back at the vendor. */
  async #handshakeToken({
    id,
    organizationId,
    providerId,
    verified,
  }: InboundRegistration): Promise<string | null> {
    if (INBOUND_PROVIDERS[providerId].secret !== 'handshake' || verified) return null;
    const stored = await this.deps.repository.db.get(this.deps.repository.secretRef(id));
    const secrets = stored ? await this.#open(organizationId, id, stored.payload) : [];
    return secrets[0]?.secret ?? null;
  }

  /** The given secret, or one of ours where we choose it; null where none is shared yet. */
  #secret(providerId: InboundProvider, given: string | undefined): WebhookSecrets[number] | null {
    const { ids } = this.deps;
    const source = INBOUND_PROVIDERS[providerId].secret;
    if (source === 'none' || source === 'handshake' || source === 'ours') {
      if (given !== undefined)
        throw ValidationError.at('body.secret', 'This sender takes no secret of yours.');
      if (source !== 'ours') return null;
    }
    if (source === 'vendor' && given === undefined)
      throw ValidationError.at('body.secret', 'Copy the signing secret from the page of the sender.');
    if (providerId === 'generic' && given !== undefined && standardKey(given).length < 16)
      throw ValidationError.at('body.secret', 'The secret must be whsec_ and base64 of at least 16 bytes.');
    const own = () => (providerId === 'salesforce' ? ids.secret() : newWebhookSecret(ids));
    return { id: ids.next(), secret: given ?? own(), expiresAt: null };
  }

  async #created(
    organizationId: string,
    id: string,
    fresh: WebhookSecrets[number] | null,
    verifyToken: string | null,
  ): Promise<CreatedInboundView> {
    const view = this.#view(present(await this.deps.repository.registration(organizationId, id)));
    const inPath = view.providerId === 'salesforce' && fresh;
    const webhookUrl = inPath ? this.#address(`${id}.${fresh.secret}`) : view.webhookUrl;
    return { ...view, webhookUrl, secret: fresh?.secret ?? null, verifyToken };
  }

  #address(target: string): string {
    return new URL(`/api/webhooks/${target}/events`, this.deps.appUrl).href;
  }

  #seal(organizationId: string, id: string, secrets: WebhookSecrets): Promise<string> {
    return this.deps.encryption.encryptJson(secrets, webhookSecretContext(organizationId, id));
  }

  async #open(organizationId: string, id: string, payload: string): Promise<WebhookSecrets> {
    const opened = await this.deps.encryption.decryptJson(payload, webhookSecretContext(organizationId, id));
    return webhookSecretsSchema.parse(opened);
  }

  #view(registration: InboundRegistration): InboundRegistrationView {
    const { verifyTokenHash: _v, updatedAt: _u, organizationId: _o, direction: _d, ...view } = registration;
    const now = this.deps.clock.now();
    return {
      ...view,
      secrets: view.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now),
    };
  }
}

/** @throws ValidationError naming every setting without which nothing from this vendor could be checked. */
function requireSettings(providerId: InboundProvider, settings: InboundSettings): void {
  const missing = INBOUND_PROVIDERS[providerId].needs.filter((name) => {
    const value = settings[name];
    return value === undefined || value.length === 0;
  });
  if (missing.length === 0) return;
  throw new ValidationError(
    'Without this nothing from this sender could be checked.',
    missing.map((name) => ({ path: `body.settings.${name}`, message: 'This sender needs it.' })),
  );
}

function hints(secrets: WebhookSecrets): InboundRegistration['secrets'] {
  return secrets.map(({ id, secret, expiresAt }) => ({ id, hint: secret.slice(-4), expiresAt }));
}

function eventView(event: InboundEvent): InboundEventView {
  const { organizationId: _o, updatedAt: _u, createdAt: _c, expiresAt: _e, body, ...view } = event;
  return { ...view, preview: (body ?? '').slice(0, PREVIEW) };
}

function entry(action: string, id: string, label: string, facts?: Record<string, string | number>) {
  return { action, target: { type: 'webhook', id, label }, ...(facts ? { facts } : {}) };
}

/** Somebody else's registration does not exist here. @throws NotFoundError */
function present<T>(found: T | null): T {
  if (found === null) throw new NotFoundError('This webhook');
  return found;
}
