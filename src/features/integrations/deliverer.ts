import 'server-only';
import type { EncryptionService } from '@/core/crypto/encryption';
import { isAlreadyExists } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { ExternalServiceError, NotFoundError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { OutboundHttp } from '@/core/http/outbound';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { Clock } from '@/core/time/clock';
import { type DeliveryStep, stepAfter } from './delivery-decision';
import { webhookDisabled, webhookFailing, webhookRecovered } from './events';
import type { WebhookDelivery, WebhookRegistration, WebhookRepository } from './repository';
import { type WebhookAttempt, type webhookDeliveryModel, webhookSecretsSchema } from './schema';
import { signedHeaders, webhookSecretContext } from './signing';
import { PING_EVENT, subscribedName } from './webhook-events.data';

export const DELIVERY_JOB = 'webhooks.deliver';

/** Longer than all tries of a message. */
const KEEP_MS = 30 * 24 * 3600_000;
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 64 * 1024;
const KEPT_ANSWER = 1_000;
/** Replays add tries; the log keeps the latest. */
const KEPT_ATTEMPTS = 24;
/** A message this late has lost its job. */
const LOST_AFTER_MS = 2 * 60_000;
const SWEEP_LIMIT = 200;
/** The machine that runs a job may be a little ahead of the one that planned it. */
const CLOCK_SKEW_MS = 3_000;
/** One failed try may be a restart; so many in a row are worth saying. */
const FAILING_AFTER = 5;

export interface DelivererDeps {
  repository: WebhookRepository;
  encryption: EncryptionService;
  http: Pick<OutboundHttp, 'request'>;
  jobs: Pick<JobQueue, 'enqueue'>;
  outbox: Outbox;
  clock: Clock;
  ids: Ids;
}

export interface AnnouncedEvent {
  /** Our own name of it. */
  source: string;
  eventId: string;
  occurredAt: Date;
  organizationId: string;
  data: Record<string, unknown>;
}

/** Sends events to endpoints. The delivery document says what is due; a job per try only shortens the wait. */
export class WebhookDeliverer {
  constructor(readonly deps: DelivererDeps) {}

  /** Makes one message for each endpoint that asked for the event. Repeating it changes nothing. */
  async announce(event: AnnouncedEvent): Promise<void> {
    const { repository } = this.deps;
    for (const endpoint of await repository.endpoints(event.organizationId)) {
      const name = endpoint.status === 'disabled' ? null : subscribedName(event.source, endpoint.events);
      if (name) await this.#message(endpoint, name, event);
    }
  }

  /** One try of one message. A message that is settled, or not due yet, is left alone. */
  async attempt(deliveryId: string): Promise<WebhookDelivery | null> {
    const { repository, clock } = this.deps;
    const delivery = await repository.delivery(deliveryId);
    if (delivery?.status !== 'pending') return delivery;
    const early = (delivery.nextAttemptAt?.getTime() ?? 0) - clock.now().getTime();
    if (early > CLOCK_SKEW_MS) return delivery;
    const endpoint = await repository.endpoint(delivery.organizationId, delivery.endpointId);
    if (!endpoint || (endpoint.status === 'disabled' && !delivery.once)) return this.#giveUp(delivery);
    return this.#record(delivery, await this.#send(endpoint, delivery));
  }

  /** A test message: sent at once, once, whatever the endpoint subscribed to. */
  async ping(endpoint: WebhookRegistration): Promise<WebhookDelivery> {
    const { repository, clock, ids } = this.deps;
    const messageId = ids.next('evt');
    const id = deliveryIdOf(messageId, endpoint.id);
    const event = {
      eventId: messageId,
      occurredAt: clock.now(),
      organizationId: endpoint.organizationId,
      data: { message: 'This is a test. It tells your endpoint that its signature check works.' },
    };
    await repository.db.create(
      repository.deliveryRef(id),
      this.#newMessage(endpoint, PING_EVENT, event, { once: true }),
    );
    const settled = await this.attempt(id);
    if (!settled) throw new NotFoundError('This delivery');
    return settled;
  }

  /** A person's decision to send a message again, now and with all its tries. */
  async replay(deliveryId: string): Promise<WebhookDelivery> {
    const { repository, clock } = this.deps;
    const delivery = await repository.run(async (tx) => {
      const known = await tx.get(repository.deliveryRef(deliveryId));
      if (!known) throw new NotFoundError('This delivery');
      const again = {
        status: 'pending' as const,
        tries: 0,
        nextAttemptAt: clock.now(),
        sequence: known.sequence + 1,
      };
      tx.update(repository.deliveryRef(deliveryId), again);
      return { ...known, ...again };
    });
    await this.#enqueue(delivery);
    return delivery;
  }

  /** Gives messages whose job was lost a new one. @returns how many. */
  async sweep(): Promise<{ lost: number }> {
    const { repository, clock } = this.deps;
    const before = new Date(clock.now().getTime() - LOST_AFTER_MS);
    const lost = await repository.overdue(before, SWEEP_LIMIT);
    for (const delivery of lost) {
      const sequence = delivery.sequence + 1;
      await repository.db.update(repository.deliveryRef(delivery.id), { sequence });
      await this.#enqueue({ ...delivery, sequence });
    }
    return { lost: lost.length };
  }

  async #message(endpoint: WebhookRegistration, name: string, event: AnnouncedEvent): Promise<void> {
    const { repository } = this.deps;
    const id = deliveryIdOf(event.eventId, endpoint.id);
    const fresh = this.#newMessage(endpoint, name, event, { once: false });
    try {
      await repository.db.create(repository.deliveryRef(id), fresh);
    } catch (error) {
      // Announced before: its job may still be missing, and enqueuing one twice runs it once.
      if (!isAlreadyExists(error)) throw error;
    }
    await this.#enqueue({ id, endpointId: endpoint.id, sequence: 0, nextAttemptAt: fresh.nextAttemptAt });
  }

  #newMessage(
    endpoint: WebhookRegistration,
    name: string,
    event: Omit<AnnouncedEvent, 'source'>,
    { once }: { once: boolean },
  ): NewDoc<typeof webhookDeliveryModel> {
    const { eventId, occurredAt, organizationId, data } = event;
    const body = { id: eventId, type: name, createdAt: occurredAt.toISOString(), organizationId, data };
    const now = this.deps.clock.now();
    return {
      organizationId,
      endpointId: endpoint.id,
      messageId: eventId,
      event: name,
      body: JSON.stringify(body),
      status: 'pending',
      tries: 0,
      sequence: 0,
      once,
      nextAttemptAt: now,
      attempts: [],
      expiresAt: new Date(now.getTime() + KEEP_MS),
    };
  }

  async #enqueue(
    delivery: Pick<WebhookDelivery, 'id' | 'endpointId' | 'sequence' | 'nextAttemptAt'>,
  ): Promise<void> {
    await this.deps.jobs.enqueue({
      type: DELIVERY_JOB,
      payload: { deliveryId: delivery.id },
      ...(delivery.nextAttemptAt ? { runAt: delivery.nextAttemptAt } : {}),
      idempotencyKey: `${delivery.id}_${delivery.sequence}`,
      // A slow receiver holds up nobody but itself.
      concurrencyKey: `webhook_${delivery.endpointId}`,
    });
  }

  async #send(endpoint: WebhookRegistration, delivery: WebhookDelivery): Promise<WebhookAttempt> {
    const { http, clock } = this.deps;
    const at = clock.now();
    const startedAt = performance.now();
    const done = (
      rest: Pick<WebhookAttempt, 'responseStatus' | 'responseBody' | 'error'>,
    ): WebhookAttempt => ({
      at,
      milliseconds: Math.round(performance.now() - startedAt),
      ...rest,
    });
    try {
      const response = await http.request({
        url: endpoint.webhookUrl,
        method: 'POST',
        headers: await this.#headers(delivery, at),
        body: delivery.body,
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: ANSWER_BYTES,
        guarded: true,
        maxRedirects: 0,
      });
      const responseBody = await beginningOf(response);
      const { status } = response;
      return done({ responseStatus: status, responseBody, error: response.ok ? null : faultOf(status) });
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      return done({ responseStatus: null, responseBody: '', error: error.message });
    }
  }

  async #headers(delivery: WebhookDelivery, at: Date): Promise<Record<string, string>> {
    const { repository, encryption } = this.deps;
    const stored = await repository.db.get(repository.secretRef(delivery.endpointId));
    if (!stored) throw new NotFoundError('The secret of this endpoint');
    const context = webhookSecretContext(delivery.organizationId, delivery.endpointId);
    const secrets = webhookSecretsSchema.parse(await encryption.decryptJson(stored.payload, context));
    return signedHeaders({ id: delivery.messageId, body: delivery.body, at }, secrets);
  }

  /** Stores what happened and what follows, on message and endpoint at once. */
  async #record(delivery: WebhookDelivery, attempt: WebhookAttempt): Promise<WebhookDelivery> {
    const { repository, clock } = this.deps;
    const stored = await repository.run(async (tx) => {
      const known = await tx.get(repository.deliveryRef(delivery.id));
      const endpoint = await repository.endpointIn(tx, delivery.organizationId, delivery.endpointId);
      if (known?.status !== 'pending') return null;
      const tries = known.tries + 1;
      const step = stepAfter(attempt, { tries, once: known.once, now: clock.now() });
      const change = {
        tries,
        sequence: known.sequence + 1,
        attempts: [...known.attempts, attempt].slice(-KEPT_ATTEMPTS),
        status: step.kind === 'retry' ? ('pending' as const) : step.kind,
        nextAttemptAt: step.kind === 'retry' ? step.at : null,
      };
      tx.update(repository.deliveryRef(delivery.id), change);
      if (endpoint && !known.once) this.#judge(tx, endpoint, step);
      return { ...known, ...change };
    });
    if (!stored) return delivery;
    if (stored.status === 'pending') await this.#enqueue(stored);
    return stored;
  }

  /** What a try says about its endpoint. One that a person switched off meanwhile stays off. */
  #judge(
    tx: Parameters<Parameters<WebhookRepository['run']>[0]>[0],
    endpoint: WebhookRegistration,
    step: DeliveryStep,
  ): void {
    const { repository, outbox, clock } = this.deps;
    const ref = repository.endpointRef(endpoint.id);
    if (endpoint.status === 'disabled') return;
    const { organizationId, id: endpointId } = endpoint;
    const facts = { organizationId, endpointId, host: new URL(endpoint.webhookUrl).host };
    if (step.kind === 'delivered') {
      tx.update(ref, { status: 'active', failureCount: 0, lastDeliveredAt: clock.now() });
      if (endpoint.failureCount >= FAILING_AFTER) outbox.append(tx, webhookRecovered, facts);
      return;
    }
    const failureCount = endpoint.failureCount + 1;
    const reason = step.kind === 'failed' ? step.disable : null;
    if (!reason) {
      tx.update(ref, { status: 'failing', failureCount });
      if (failureCount === FAILING_AFTER) outbox.append(tx, webhookFailing, facts);
      return;
    }
    tx.update(ref, { status: 'disabled', disabledReason: reason, failureCount });
    outbox.append(tx, webhookDisabled, { ...facts, reason });
  }

  /** Nobody is there to receive it. It stays in the log and can be replayed. */
  async #giveUp(delivery: WebhookDelivery): Promise<WebhookDelivery> {
    const { repository } = this.deps;
    const change = { status: 'failed' as const, nextAttemptAt: null };
    await repository.db.update(repository.deliveryRef(delivery.id), change);
    return { ...delivery, ...change };
  }
}

/** An event and an endpoint make one message. */
export function deliveryIdOf(eventId: string, endpointId: string): string {
  return `${eventId}_${endpointId}`;
}

async function beginningOf(response: { text(): Promise<string> }): Promise<string> {
  try {
    return (await response.text()).slice(0, KEPT_ANSWER);
  } catch (error) {
    // The status stands; an answer that is cut or too long changes nothing about it.
    if (error instanceof ExternalServiceError) return '';
    throw error;
  }
}

function faultOf(status: number): string {
  if (status >= 300 && status < 400)
    return 'The receiver sent a redirect, which is not followed. Enter the final address.';
  return `The receiver answered ${status}.`;
}
