import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { EncryptionService } from '@/core/crypto/encryption';
import type { Page } from '@/core/db/cursor';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { WebhookDeliverer } from './deliverer';
import {
  MAX_ENDPOINTS,
  type WebhookDelivery,
  type WebhookRegistration,
  type WebhookRepository,
} from './repository';
import {
  type ChangeEndpointBody,
  type CreatedEndpointView,
  type CreateEndpointBody,
  type DeliveryQuery,
  type DeliveryView,
  type EndpointView,
  type WebhookSecrets,
  webhookSecretsSchema,
} from './schema';
import { liveSecrets, newWebhookSecret, webhookSecretContext } from './signing';

const HOUR_MS = 3600_000;

export interface EndpointDeps {
  repository: WebhookRepository;
  deliverer: WebhookDeliverer;
  encryption: EncryptionService;
  audit: AuditTrail;
  /** Why an address may not be called; undefined when it may. */
  refusal: (url: string) => Promise<string | undefined>;
  /** Hosts of the operator's own network, which need no certificate. */
  allowHosts: readonly string[];
  clock: Clock;
  ids: Ids;
}

/** Where an organisation wants to hear of its events: addresses, their choices, secrets and delivery log. */
export class WebhookEndpointService {
  static getInstance(): WebhookEndpointService {
    return singleton<WebhookEndpointService>('WebhookEndpointService');
  }

  constructor(readonly deps: EndpointDeps) {}

  async list(organizationId: string): Promise<EndpointView[]> {
    const found = await this.deps.repository.endpoints(organizationId);
    return found
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .map((endpoint) => this.#view(endpoint));
  }

  async get(organizationId: string, id: string): Promise<EndpointView> {
    return this.#view(present(await this.deps.repository.endpoint(organizationId, id)));
  }

  /**
   * Adds an endpoint with its first secret, which only this answer shows.
   * @throws ValidationError at `body.url` for an address we may not call, with the reason.
   * @throws ConflictError when the organisation has as many as it may.
   */
  async create(actor: Actor, input: CreateEndpointBody): Promise<CreatedEndpointView> {
    const { repository, audit, ids } = this.deps;
    await this.#requireCallable(input.url);
    const id = ids.next();
    const fresh = this.#freshSecret();
    const payload = await this.#seal(actor.organizationId, id, [fresh]);
    await repository.run(async (tx) => {
      if ((await repository.countIn(tx, actor.organizationId)) >= MAX_ENDPOINTS) {
        throw new ConflictError(`An organisation has at most ${MAX_ENDPOINTS} endpoints. Delete one first.`);
      }
      tx.create(repository.secretRef(id), {
        organizationId: actor.organizationId,
        kind: 'webhook_secret',
        payload,
      });
      tx.create(repository.endpointRef(id), {
        organizationId: actor.organizationId,
        direction: 'out',
        webhookUrl: input.url,
        description: input.description,
        events: input.events,
        status: 'active',
        disabledReason: null,
        failureCount: 0,
        lastDeliveredAt: null,
        secrets: shown([fresh]),
        createdBy: actor.userId,
      });
      audit.append(tx, actor, entry('webhook.created', id, input.url, { events: input.events }));
    });
    return { ...(await this.get(actor.organizationId, id)), secret: fresh.secret };
  }

  /** Changes address, choices or state. Switching it on again forgets its failures; what failed meanwhile can be replayed. */
  async change(actor: Actor, id: string, input: ChangeEndpointBody): Promise<EndpointView> {
    const { repository, audit } = this.deps;
    if (input.url !== undefined) await this.#requireCallable(input.url);
    await repository.run(async (tx) => {
      const known = present(await repository.endpointIn(tx, actor.organizationId, id));
      tx.update(repository.endpointRef(id), {
        ...(input.url === undefined ? {} : { webhookUrl: input.url }),
        ...(input.description === undefined ? {} : { description: input.description }),
        ...(input.events === undefined ? {} : { events: input.events }),
        ...(input.enabled === true
          ? { status: 'active' as const, disabledReason: null, failureCount: 0 }
          : {}),
        ...(input.enabled === false
          ? { status: 'disabled' as const, disabledReason: 'person' as const }
          : {}),
      });
      audit.append(tx, actor, entry('webhook.changed', id, input.url ?? known.webhookUrl, plain(input)));
    });
    return this.get(actor.organizationId, id);
  }

  /** Ends an endpoint at once. Its delivery log stays until it expires. */
  delete(actor: Actor, id: string): Promise<void> {
    const { repository, audit } = this.deps;
    return repository.run(async (tx) => {
      const known = present(await repository.endpointIn(tx, actor.organizationId, id));
      tx.delete(repository.endpointRef(id));
      tx.delete(repository.secretRef(id));
      audit.append(tx, actor, entry('webhook.deleted', id, known.webhookUrl));
    });
  }

  /**
   * Makes a new secret, which only this answer shows. Messages carry signatures of both until the old one ends; a third, older
   * one ends now.
   */
  async rotate(
    actor: Actor,
    id: string,
    { keepOldHours }: { keepOldHours: number },
  ): Promise<CreatedEndpointView> {
    const { repository, audit, clock } = this.deps;
    const fresh = this.#freshSecret();
    const until = new Date(clock.now().getTime() + keepOldHours * HOUR_MS);
    await repository.run(async (tx) => {
      const known = present(await repository.endpointIn(tx, actor.organizationId, id));
      const stored = present(await tx.get(repository.secretRef(id)));
      const [newest] = liveSecrets(await this.#open(actor.organizationId, id, stored.payload), clock.now());
      const secrets = newest && keepOldHours > 0 ? [fresh, { ...newest, expiresAt: until }] : [fresh];
      tx.update(repository.secretRef(id), { payload: await this.#seal(actor.organizationId, id, secrets) });
      tx.update(repository.endpointRef(id), { secrets: shown(secrets) });
      audit.append(tx, actor, entry('webhook.secret_rotated', id, known.webhookUrl, { keepOldHours }));
    });
    return { ...(await this.get(actor.organizationId, id)), secret: fresh.secret };
  }

  /** Sends a test message now, once, and says what came back. */
  async ping(actor: Actor, id: string): Promise<DeliveryView> {
    const endpoint = present(await this.deps.repository.endpoint(actor.organizationId, id));
    return toDeliveryView(await this.deps.deliverer.ping(endpoint));
  }

  async deliveries(organizationId: string, id: string, query: DeliveryQuery): Promise<Page<DeliveryView>> {
    present(await this.deps.repository.endpoint(organizationId, id));
    const page = await this.deps.repository.deliveries(organizationId, id, query);
    return { items: page.items.map(toDeliveryView), cursor: page.cursor };
  }

  /** Sends a message again, under the same id, with all its tries. @throws ConflictError while the endpoint is switched off. */
  async replay(actor: Actor, id: string, deliveryId: string): Promise<DeliveryView> {
    const { repository, deliverer } = this.deps;
    const endpoint = present(await repository.endpoint(actor.organizationId, id));
    if (endpoint.status === 'disabled') {
      throw new ConflictError('This endpoint is switched off. Switch it on first, then send it again.');
    }
    const delivery = await repository.delivery(deliveryId);
    if (delivery?.organizationId !== actor.organizationId || delivery.endpointId !== id)
      throw new NotFoundError('This delivery');
    return toDeliveryView(await deliverer.replay(delivery.id));
  }

  async #requireCallable(text: string): Promise<void> {
    const reason = (await this.deps.refusal(text)) ?? this.#schemeFault(text);
    if (reason) throw ValidationError.at('body.url', reason);
  }

  /** What is sent names posts and accounts: it travels encrypted, except inside the operator's own network. */
  #schemeFault(text: string): string | undefined {
    const url = new URL(text);
    const { allowHosts } = this.deps;
    if (url.protocol === 'https:' || allowHosts.includes(url.hostname) || allowHosts.includes(url.host))
      return undefined;
    return 'The address must start with https://.';
  }

  #freshSecret(): WebhookSecrets[number] {
    const { ids } = this.deps;
    return { id: ids.next(), secret: newWebhookSecret(ids), expiresAt: null };
  }

  #seal(organizationId: string, id: string, secrets: WebhookSecrets): Promise<string> {
    return this.deps.encryption.encryptJson(secrets, webhookSecretContext(organizationId, id));
  }

  async #open(organizationId: string, id: string, payload: string): Promise<WebhookSecrets> {
    const opened = await this.deps.encryption.decryptJson(payload, webhookSecretContext(organizationId, id));
    return webhookSecretsSchema.parse(opened);
  }

  #view(endpoint: WebhookRegistration): EndpointView {
    const now = this.deps.clock.now();
    const { id, webhookUrl: url, description, events, status, disabledReason } = endpoint;
    const { failureCount, lastDeliveredAt, createdAt } = endpoint;
    const secrets = endpoint.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
    return {
      id,
      url,
      description,
      events,
      status,
      disabledReason,
      failureCount,
      lastDeliveredAt,
      secrets,
      createdAt,
    };
  }
}

function shown(secrets: WebhookSecrets): WebhookRegistration['secrets'] {
  return secrets.map(({ id, secret, expiresAt }) => ({ id, hint: secret.slice(-4), expiresAt }));
}

function plain(input: ChangeEndpointBody): Record<string, string | string[] | boolean> {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function entry(
  action: string,
  id: string,
  label: string,
  facts?: Record<string, string | string[] | boolean | number>,
) {
  const target = { type: 'webhook', id, label };
  return { action, target, ...(facts ? { facts } : {}) };
}

/** Somebody else's endpoint does not exist here. @throws NotFoundError */
function present<T>(found: T | null): T {
  if (found === null) throw new NotFoundError('This endpoint');
  return found;
}

export function toDeliveryView(delivery: WebhookDelivery): DeliveryView {
  const { id, messageId, event, body, status, tries, nextAttemptAt, attempts, createdAt } = delivery;
  return { id, messageId, event, body, status, tries, nextAttemptAt, attempts, createdAt };
}
