import 'server-only';
import type { Tx } from '@/core/db/db';
import type { PayloadOf } from '@/core/events/event-type';
import type { Outbox } from '@/core/events/outbox';
import type { JobQueue } from '@/core/jobs/job-queue';
import { describeFailure } from '@/core/jobs/outcome';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { webhookReceived } from '../events';
import type { InboundProvider } from './providers.data';
import { INBOUND_JOB } from './receiver';
import type { InboundEvent, InboundRegistration, InboundRepository } from './repository';

/** Failures in a row after which a registration counts as failing. */
const FAILING_AFTER = 5;
const DISABLED_AFTER_MS = 24 * 3600_000;
/** A job that has not run by then was lost with its queue. */
const OVERDUE_MS = 10 * 60_000;
const SWEEP = 200;

/** Does what a delivery asks for. Called again after a failure, so it must be idempotent by the event's id. */
export type Consume = (
  event: InboundEvent,
  registration: InboundRegistration,
  body: () => Promise<Uint8Array>,
) => Promise<void>;

export interface ProcessorDeps {
  repository: InboundRepository;
  outbox: Pick<Outbox, 'append'>;
  jobs: Pick<JobQueue, 'enqueue'>;
  /** By vendor. What has none is announced all the same. */
  consumers: ReadonlyMap<InboundProvider, Consume>;
  clock: Clock;
}

/** Takes kept deliveries over, and watches how registrations fare. */
export class InboundProcessor {
  static getInstance(): InboundProcessor {
    return singleton<InboundProcessor>('InboundProcessor');
  }

  constructor(readonly deps: ProcessorDeps) {}

  /** @param last whether this is the job's last try. @throws what the consumer threw, so that the job is tried again. */
  async process(eventId: string, last: boolean): Promise<void> {
    const { repository, consumers } = this.deps;
    const event = await repository.event(eventId);
    if (event?.status !== 'received') return;
    const registration = await repository.registration(event.organizationId, event.registrationId);
    if (!registration) {
      await repository.updateEvent(eventId, { status: 'failed', error: 'The webhook was deleted before.' });
      return;
    }
    if (event.test) {
      await repository.updateEvent(eventId, { status: 'processed', processedAt: this.deps.clock.now() });
      return;
    }
    try {
      await consumers.get(event.providerId)?.(event, registration, () => repository.bodyOf(event));
    } catch (error) {
      if (last) await this.#failed(event, describeFailure(error).message);
      throw error;
    }
    await this.#done(event);
  }

  /** Jobs for kept deliveries that lost theirs; registrations that failed for a day are switched off. */
  async sweep(): Promise<{ requeued: number; disabled: number }> {
    const { repository, jobs, clock } = this.deps;
    const now = clock.now().getTime();
    const overdue = await repository.overdue(new Date(now - OVERDUE_MS), SWEEP);
    let requeued = 0;
    for (const { id, replays } of overdue) {
      const key = `${id}_${replays}`;
      const { created } = await jobs.enqueue({
        type: INBOUND_JOB,
        payload: { eventId: id },
        idempotencyKey: key,
      });
      if (created) requeued += 1;
    }
    const before = new Date(now - DISABLED_AFTER_MS);
    const failing = await repository.failingSince(before, SWEEP);
    for (const { organizationId, id } of failing) await this.#disable(organizationId, id, before);
    return { requeued, disabled: failing.length };
  }

  #done(known: InboundEvent): Promise<void> {
    const { repository, outbox, clock } = this.deps;
    return repository.run(async (tx) => {
      const event = await repository.eventIn(tx, known.id);
      const registration = await repository.registrationIn(tx, known.organizationId, known.registrationId);
      if (event?.status !== 'received') return;
      tx.update(repository.eventRef(event.id), {
        status: 'processed',
        processedAt: clock.now(),
        error: null,
      });
      if (!registration) return;
      this.#recover(tx, registration);
      outbox.append(tx, webhookReceived, announcement(event, registration));
    });
  }

  /** What was on its way when a subscription went does not bring it back: only the vendor's word does. */
  #recover(tx: Tx, { id, status, failureCount, failingReason }: InboundRegistration): void {
    const mended = status === 'failing' && failingReason !== 'subscription_gone';
    if (failureCount === 0 && !mended) return;
    tx.update(this.deps.repository.registrationRef(id), {
      failureCount: 0,
      ...(mended ? { status: 'active' as const, failingSince: null, failingReason: null } : {}),
    });
  }

  #failed(known: InboundEvent, error: string): Promise<void> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const event = await repository.eventIn(tx, known.id);
      const registration = await repository.registrationIn(tx, known.organizationId, known.registrationId);
      if (event?.status !== 'received') return;
      tx.update(repository.eventRef(event.id), { status: 'failed', error });
      if (!registration) return;
      const failureCount = registration.failureCount + 1;
      const failing = registration.status === 'active' && failureCount >= FAILING_AFTER;
      tx.update(repository.registrationRef(registration.id), {
        failureCount,
        ...(failing
          ? {
              status: 'failing' as const,
              failingReason: 'processing' as const,
              failingSince: clock.now(),
            }
          : {}),
      });
    });
  }

  #disable(organizationId: string, id: string, before: Date): Promise<void> {
    const { repository } = this.deps;
    return repository.run(async (tx) => {
      const current = await repository.registrationIn(tx, organizationId, id);
      if (current?.status !== 'failing' || !current.failingSince || current.failingSince > before) return;
      const disabledReason = current.failingReason === 'subscription_gone' ? 'gone' : 'exhausted';
      tx.update(repository.registrationRef(id), { status: 'disabled', disabledReason });
    });
  }
}

function announcement(
  event: InboundEvent,
  { integrationId, connectionId }: InboundRegistration,
): PayloadOf<typeof webhookReceived> {
  const { organizationId, registrationId, id: eventId, providerId, topic } = event;
  return { organizationId, registrationId, eventId, providerId, integrationId, connectionId, topic };
}
