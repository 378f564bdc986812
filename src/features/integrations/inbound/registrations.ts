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
import { INBOUND_PREFIX, type WebhookSecrets } from '../schema';
import { INBOUND_PROVIDERS, type InboundProvider } from './providers.data';
import { INBOUND_JOB } from './receiver';
import {
  type InboundEvent,
  type InboundRegistration,
  type InboundRepository,
  MAX_REGISTRATIONS,
} from './repository';
import type {
  ChangeInboundBody,
  CreatedInboundView,
  InboundEventQuery,
  InboundEventView,
  InboundHealthView,
  InboundRegistrationView,
  InboundSettings,
  InboundTrialView,
  RegisterWebhookBody,
  RotateInboundBody,
} from './schema';
import { hints, InboundSecrets } from './secrets';
import type { InboundSubscriptions } from './subscriptions';
import type { InboundTrial } from './trial';

const HOUR_MS = 3600_000;
const HANDSHAKE_MS = 15 * 60_000;
const PREVIEW = 2_000;

const BEGUN_ANEW = {
  status: 'active',
  disabledReason: null,
  failingReason: null,
  failureCount: 0,
  failingSince: null,
} as const;

export interface RegistrationDeps {
  repository: InboundRepository;
  encryption: EncryptionService;
  audit: AuditTrail;
  jobs: Pick<JobQueue, 'enqueue'>;
  subscriptions: Pick<InboundSubscriptions, 'requireUsable' | 'requireConnected' | 'tell' | 'takeBack'>;
  trial: Pick<InboundTrial, 'send'>;
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

  readonly #secrets: InboundSecrets;

  constructor(readonly deps: RegistrationDeps) {
    this.#secrets = new InboundSecrets(deps);
  }

  /** Newest first. */
  async list(organizationId: string): Promise<InboundRegistrationView[]> {
    const found = await this.deps.repository.registrations(organizationId);
    return found
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .map((registration) => this.#view(registration));
  }

  /**
   * Opens an address for a vendor, and tells the vendor of it where its API takes that. Secrets that we choose are in this answer
   * and nowhere ever again.
   * @throws ValidationError when the vendor needs a setting or a secret that is not there.
   * @throws ConflictError when the organisation has as many as it may.
   */
  async register(actor: Actor, input: RegisterWebhookBody): Promise<CreatedInboundView> {
    const { repository, audit, clock, ids, subscriptions } = this.deps;
    requireSettings(input.providerId, input.settings);
    const { organizationId } = actor;
    await subscriptions.requireUsable(organizationId, input);
    const id = ids.next(INBOUND_PREFIX);
    const fresh = this.#secrets.fresh(input.providerId, input.secret, true);
    const verifyToken = input.providerId === 'meta' ? ids.secret() : null;
    const payload = fresh && (await this.#secrets.seal({ organizationId, id }, [fresh]));
    const { providerId, description, integrationId, connectionId, events, settings, resource } = input;
    await repository.run(async (tx) => {
      if ((await repository.countIn(tx, organizationId)) >= MAX_REGISTRATIONS)
        throw new ConflictError(
          `An organisation has at most ${MAX_REGISTRATIONS} of these. Delete one first.`,
        );
      if (payload) tx.create(repository.secretRef(id), { organizationId, kind: 'webhook_secret', payload });
      tx.create(repository.registrationRef(id), {
        ...{ organizationId, providerId, integrationId, description, events, settings },
        connectionId: connectionId ?? integrationId,
        direction: 'in',
        webhookUrl: this.#address(id),
        ...{ providerWebhookId: null, vendorResource: resource ?? null },
        // Whoever stops between here and the vendor leaves an address that is soon found not to be told of.
        checkDueAt: resource === undefined ? null : new Date(clock.now().getTime() + HOUR_MS),
        ...{ status: 'active', disabledReason: null, failingReason: null },
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
    if (resource !== undefined && fresh) await this.#tellOfNew(actor, id, fresh.secret);
    return this.#created(organizationId, id, input.secret === undefined ? fresh : null, verifyToken);
  }

  /**
   * Switches an address off or on, or changes what it takes. Switched on, it begins anew, and the vendor is told again where its API
   * was told before.
   */
  async change(actor: Actor, id: string, input: ChangeInboundBody): Promise<InboundRegistrationView> {
    const { repository, audit, subscriptions, forget } = this.deps;
    const { organizationId } = actor;
    const known = present(await repository.registration(organizationId, id));
    const { enabled, description = known.description, events = known.events } = input;
    if (enabled) await subscriptions.requireConnected(known);
    const told = known.vendorResource !== null && (enabled ?? known.status !== 'disabled');
    const secret = told && (enabled || input.events) ? await this.#secrets.newest(known) : null;
    if (secret) await subscriptions.tell({ ...known, events }, secret);
    await repository.run(async (tx) => {
      const current = present(await repository.registrationIn(tx, organizationId, id));
      const off = { status: 'disabled', disabledReason: 'person', checkDueAt: null } as const;
      tx.update(repository.registrationRef(id), {
        ...{ description, events },
        ...(enabled ? BEGUN_ANEW : {}),
        ...(enabled === false && current.status !== 'disabled' ? off : {}),
      });
      const facts = enabled === undefined ? undefined : { enabled: String(enabled) };
      audit.append(tx, actor, entry('webhook.changed', id, known.providerId, facts));
    });
    forget(id);
    return this.#view(present(await repository.registration(organizationId, id)));
  }

  /** Sends the address a labelled event over its public way. @throws ConflictError where it is off or only the sender can sign. */
  async tryOut(actor: Actor, id: string): Promise<InboundTrialView> {
    const known = present(await this.deps.repository.registration(actor.organizationId, id));
    if (known.status === 'disabled')
      throw new ConflictError('This webhook is switched off. Switch it on first.');
    return this.deps.trial.send(known, await this.#secrets.newest(known));
  }

  /** Closes an address at once, at its vendor too where its API was told. What came through it stays until it expires. */
  async delete(actor: Actor, id: string): Promise<void> {
    const { repository, audit, subscriptions, forget } = this.deps;
    const registration = present(await repository.registration(actor.organizationId, id));
    if (registration.vendorResource) await subscriptions.takeBack(registration);
    await repository.run(async (tx) => {
      const known = present(await repository.registrationIn(tx, actor.organizationId, id));
      tx.delete(repository.registrationRef(id));
      tx.delete(repository.secretRef(id));
      audit.append(tx, actor, entry('webhook.deleted', id, known.providerId));
    });
    forget(id);
  }

  /**
   * Sets a new secret, at its vendor too where its API was told; the old one verifies beside it until it ends. Switches a
   * registration on again that had failed, and opens the handshake of vendors that have one.
   */
  async rotate(actor: Actor, id: string, input: RotateInboundBody): Promise<CreatedInboundView> {
    const { repository, audit, clock, forget, subscriptions } = this.deps;
    const { organizationId } = actor;
    const known = present(await repository.registration(organizationId, id));
    await subscriptions.requireConnected(known);
    const fresh = this.#secrets.fresh(known.providerId, input.secret, false);
    const now = clock.now();
    // What the vendor's API is told reaches deliveries a moment later.
    const keepOldHours = known.vendorResource ? Math.max(1, input.keepOldHours) : input.keepOldHours;
    const until = new Date(now.getTime() + keepOldHours * HOUR_MS);
    await repository.run(async (tx) => {
      present(await repository.registrationIn(tx, organizationId, id));
      const stored = await tx.get(repository.secretRef(id));
      const [old] = await this.#secrets.opened(known, stored);
      const kept = old && keepOldHours > 0 ? [{ ...old, expiresAt: until }] : [];
      const secrets = fresh ? [fresh, ...kept] : kept;
      const payload = await this.#secrets.seal(known, secrets);
      tx.set(repository.secretRef(id), { organizationId, kind: 'webhook_secret', payload });
      tx.update(repository.registrationRef(id), {
        ...{ ...BEGUN_ANEW, secrets: hints(secrets) },
        ...(fresh ? {} : { verified: false, handshakeUntil: new Date(now.getTime() + HANDSHAKE_MS) }),
      });
      const facts = { keepOldHours };
      audit.append(tx, actor, entry('webhook.secret_rotated', id, known.providerId, facts));
    });
    forget(id);
    if (known.vendorResource && fresh) await this.#tellOfRotated(known, fresh.secret);
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
    const { status, disabledReason, failingReason, verified, failureCount, failingSince } = known;
    return {
      ...{
        status,
        disabledReason,
        failingReason,
        verified,
        failureCount,
        failingSince,
        received,
        failed,
        refused,
      },
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
    return this.#secrets.newest({ id, organizationId });
  }

  /** What the vendor was not told of is not opened; where its answer was lost, what it may have made goes too. */
  async #tellOfNew({ organizationId }: Actor, id: string, secret: string): Promise<void> {
    const { repository, subscriptions, forget } = this.deps;
    const made = present(await repository.registration(organizationId, id));
    try {
      await subscriptions.tell(made, secret);
    } catch (error) {
      if (!(error instanceof ValidationError)) await subscriptions.takeBack(made);
      await repository.run(async (tx) => {
        tx.delete(repository.registrationRef(id));
        tx.delete(repository.secretRef(id));
      });
      forget(id);
      throw error;
    }
  }

  /** Where the vendor may still sign with the old secret that one stays, and the new one verifies for a day all the same. */
  async #tellOfRotated(known: InboundRegistration, secret: string): Promise<void> {
    const { repository, subscriptions, forget, clock } = this.deps;
    const { organizationId, id } = known;
    try {
      await subscriptions.tell(known, secret);
    } catch (error) {
      const until = new Date(clock.now().getTime() + 24 * HOUR_MS);
      await repository.run(async (tx) => {
        const stored = await tx.get(repository.secretRef(id));
        const [fresh, old] = await this.#secrets.opened(known, stored);
        if (!fresh || !old) return;
        const secrets = [
          { ...old, expiresAt: null },
          { ...fresh, expiresAt: until },
        ];
        const payload = await this.#secrets.seal(known, secrets);
        tx.set(repository.secretRef(id), { organizationId, kind: 'webhook_secret', payload });
        tx.update(repository.registrationRef(id), { secrets: hints(secrets) });
      });
      forget(id);
      throw error;
    }
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

  #view(registration: InboundRegistration): InboundRegistrationView {
    const { verifyTokenHash: _v, checkDueAt: _c, updatedAt: _u, ...rest } = registration;
    const { organizationId: _o, direction: _d, ...view } = rest;
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
