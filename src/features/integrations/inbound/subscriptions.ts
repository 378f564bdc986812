import 'server-only';
import type { Tx } from '@/core/db/db';
import { ExternalServiceError, NotFoundError, ValidationError } from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { Integration } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import { type ConnectionEnd, connected } from '../connections/service';
import type { IntegrationAdapter, VendorSession, VendorSubscriber } from '../providers/types';
import { feeds } from './providers.data';
import type { InboundRegistration, InboundRepository } from './repository';
import type { RegisterWebhookBody } from './schema';

const CALL_MS = 30_000;
const CHECK_MS = 3600_000;
const SWEEP = 100;
/** What the vendor says about the input rather than about itself. */
const INPUT_FAULTS: ReadonlySet<string> = new Set(['missing_scope', 'settings_refused']);

export interface SubscriptionDeps {
  repository: InboundRepository;
  integration: (organizationId: string, id: string) => Promise<Integration | null>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  session: (integrationId: string, signal: AbortSignal) => VendorSession;
  /** Tells this process that a registration changed. */
  forget: (registrationId: string) => void;
  clock: Clock;
}

/** Addresses that a vendor's own API was told of: told, asked about, and taken back. */
export class InboundSubscriptions implements ConnectionEnd {
  constructor(readonly deps: SubscriptionDeps) {}

  /** @throws ValidationError for a connection or resource that cannot feed the address. */
  async requireUsable(organizationId: string, input: RegisterWebhookBody): Promise<void> {
    const { providerId, integrationId, resource } = input;
    if (integrationId === null) {
      if (resource === undefined) return;
      throw ValidationError.at('body.integrationId', 'Name the connection whose vendor is to be told.');
    }
    const integration = await this.deps.integration(organizationId, integrationId);
    if (!integration) throw ValidationError.at('body.integrationId', 'There is no such integration.');
    if (!feeds(providerId, integration.type))
      throw ValidationError.at('body.providerId', 'This sender knows nothing of this integration’s records.');
    if (resource === undefined) return;
    connected(integration);
    const subscriber = this.#subscriber(integration.type);
    if (!subscriber || providerId !== integration.type)
      throw ValidationError.at('body.resource', 'This sender has to be set up by hand.');
    if (!subscriber.takes(integration.settings, resource))
      throw ValidationError.at('body.resource', 'Choose it in the settings of the connection first.');
  }

  /** @throws ConflictError when the connection an address is for was ended. */
  async requireConnected({ organizationId, integrationId }: InboundRegistration): Promise<void> {
    if (integrationId === null) return;
    const integration = await this.deps.integration(organizationId, integrationId);
    if (integration) connected(integration);
  }

  /**
   * Has the vendor send to the address, signed with this secret; the same again does no harm.
   * @throws ValidationError at `body.resource` for what the vendor refuses; ExternalServiceError when it is not known.
   */
  async tell(registration: InboundRegistration, secret: string): Promise<void> {
    const found = await this.#reached(registration);
    if (!found) return;
    const { subscriber, session, resource } = found;
    const { webhookUrl: url, events } = registration;
    const providerWebhookId = await refusedAtInput(() =>
      subscriber.subscribe(session, resource, { url, secret, events }),
    );
    const { repository } = this.deps;
    await repository.run(async (tx) => {
      const current = await repository.registrationIn(tx, registration.organizationId, registration.id);
      if (current)
        tx.update(repository.registrationRef(current.id), { providerWebhookId, checkDueAt: this.#later() });
    });
  }

  /** Takes the subscription back as far as the vendor answers; what is left there is answered 404 or 410. */
  async takeBack(registration: InboundRegistration): Promise<void> {
    try {
      const found = await this.#reached(registration);
      if (!found) return;
      const { subscriber, session, resource } = found;
      const known =
        registration.providerWebhookId ??
        (await subscriber.find(session, resource, registration.webhookUrl))?.id;
      if (known) await subscriber.unsubscribe(session, resource, known);
    } catch (error) {
      if (!isUnreached(error)) throw error;
      logger.warn(
        { err: error, registrationId: registration.id },
        'a subscription could not be ended at the vendor',
      );
    }
  }

  /** Asks vendors whether what they were told still stands. A vendor that does not answer says nothing about it. */
  async sweep(go: () => boolean): Promise<{ checked: number; gone: number }> {
    const done = { checked: 0, gone: 0 };
    for (const registration of await this.deps.repository.subscriptionsDue(this.deps.clock.now(), SWEEP)) {
      if (!go()) break;
      const there = await this.#asked(registration);
      done.checked += 1;
      if (there === false) done.gone += 1;
      await this.#note(registration, there);
    }
    return done;
  }

  async leaving({ id, organizationId }: Integration): Promise<void> {
    const all = await this.deps.repository.registrations(organizationId);
    for (const one of all) if (one.integrationId === id && one.vendorResource) await this.takeBack(one);
  }

  async endedIn(tx: Tx, integration: Integration): Promise<() => void> {
    const { repository, forget } = this.deps;
    const bound = await this.#boundIn(tx, integration);
    return () => {
      for (const { id } of bound) {
        tx.update(repository.registrationRef(id), {
          ...{ status: 'disabled', disabledReason: 'disconnected', failingReason: null, failingSince: null },
          ...{ providerWebhookId: null, checkDueAt: null },
        });
        tx.afterCommit(() => forget(id));
      }
    };
  }

  async deletedIn(tx: Tx, integration: Integration): Promise<() => void> {
    const { repository, forget } = this.deps;
    const bound = await this.#boundIn(tx, integration);
    return () => {
      for (const { id } of bound) {
        tx.delete(repository.registrationRef(id));
        tx.delete(repository.secretRef(id));
        tx.afterCommit(() => forget(id));
      }
    };
  }

  /** What is told of a repository nobody reads any more is looked up and left. */
  async settingsChangedIn(): Promise<() => void> {
    return () => undefined;
  }

  async #boundIn(tx: Tx, { id, organizationId }: Integration): Promise<InboundRegistration[]> {
    const all = await this.deps.repository.registrationsIn(tx, organizationId);
    return all.filter(({ integrationId }) => integrationId === id);
  }

  /** Null when the vendor did not say. */
  async #asked(registration: InboundRegistration): Promise<boolean | null> {
    try {
      const found = await this.#reached(registration);
      if (!found) return null;
      const { subscriber, session, resource } = found;
      return (await subscriber.find(session, resource, registration.webhookUrl))?.active ?? false;
    } catch (error) {
      if (!isUnreached(error)) throw error;
      logger.warn({ err: error, registrationId: registration.id }, 'a subscription could not be looked up');
      return null;
    }
  }

  #note({ organizationId, id }: InboundRegistration, there: boolean | null): Promise<void> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const current = await repository.registrationIn(tx, organizationId, id);
      if (!current?.vendorResource || current.checkDueAt === null) return;
      const lost = there === false && current.status === 'active';
      const back =
        there === true && current.status === 'failing' && current.failingReason === 'subscription_gone';
      tx.update(repository.registrationRef(id), {
        checkDueAt: this.#later(),
        ...(lost ? { status: 'failing', failingReason: 'subscription_gone', failingSince: clock.now() } : {}),
        ...(back ? { status: 'active', failingReason: null, failingSince: null } : {}),
      });
    });
  }

  /** Whom to call, and for what; null for an address of which no vendor was told, or whose connection is gone. */
  async #reached({ organizationId, integrationId, vendorResource }: InboundRegistration) {
    if (!integrationId || !vendorResource) return null;
    const integration = await this.deps.integration(organizationId, integrationId);
    const subscriber = integration && this.#subscriber(integration.type);
    if (!subscriber) return null;
    const session = this.deps.session(integrationId, AbortSignal.timeout(CALL_MS));
    return { subscriber, session, resource: vendorResource };
  }

  #subscriber(type: IntegrationType): VendorSubscriber | null {
    return this.deps.adapters.get(type)?.subscriber ?? null;
  }

  #later(): Date {
    return new Date(this.deps.clock.now().getTime() + CHECK_MS);
  }
}

/** The vendor does not answer, or there is no credential to ask with. */
function isUnreached(error: unknown): boolean {
  return error instanceof ExternalServiceError || error instanceof NotFoundError;
}

async function refusedAtInput<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ExternalServiceError) || !INPUT_FAULTS.has(error.vendorCode ?? '')) throw error;
    throw ValidationError.at('body.resource', error.message);
  }
}
