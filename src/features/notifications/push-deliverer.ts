import 'server-only';
import { createHash } from 'node:crypto';
import type { EncryptionService } from '@/core/crypto/encryption';
import type { Tx } from '@/core/db/db';
import { ExternalServiceError } from '@/core/errors';
import type { JobQueue } from '@/core/jobs/job-queue';
import { isPermanent } from '@/core/jobs/outcome';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { MailWords } from './mail-content';
import { planDelivery } from './plan';
import { type PushTarget, refusesUs, SubscriptionGoneError, type WebPush } from './providers/web-push';
import { pushMessage, topicOf } from './push-content';
import { type PushDelivery, type PushRepository, pushKeysContext } from './push-repository';
import { type PushStatus, pushKeysSchema } from './push-schema';
import type { NotificationRepository } from './repository';
import type { People, Reader } from './service';
import { factsOfType } from './types.data';

export const SEND_PUSH = 'notifications.push';
/** Back-off doubles from a second: an hour of trouble at a push service is survived. */
export const PUSH_ATTEMPTS = 13;

const DAY_MS = 24 * 3600_000;
/** Yesterday's news make nobody look up. */
const FRESH_MS = DAY_MS;
const KEEP_MS = 7 * DAY_MS;
/** Longer than one call may take. */
const LEASE_MS = 30_000;
const SWEEP_AFTER_MS = 2 * 60_000;
/** A browser that takes nothing for so many messages in a row is given up. */
const MAX_FAILURES = 10;

export interface PushDeps {
  repository: PushRepository;
  notifications: Pick<NotificationRepository, 'notification'>;
  people: People;
  words(reader: Reader): MailWords;
  encryption: EncryptionService;
  jobs: Pick<JobQueue, 'enqueue'>;
  /** Null without VAPID settings. */
  webPush: WebPush | null;
  clock: Clock;
}

interface Attempt {
  attempt: number;
  maxAttempts: number;
}

/** Everything one message needs. */
interface Ready {
  webPush: WebPush;
  target: PushTarget;
  notification: NonNullable<Awaited<ReturnType<NotificationRepository['notification']>>>;
  reader: Reader;
}

/**
 * Sends notifications to browsers, once per notification and browser. The delivery document is created with the notification and
 * says what is due; jobs only carry it out.
 *
 * After a lost answer a message is sent again, where a mail is not: its topic lets the push service replace the first one, its
 * tag lets the browser do so, and a person sees one notification.
 */
export class PushDeliverer {
  static getInstance(): PushDeliverer {
    return singleton<PushDeliverer>('PushDeliverer');
  }

  constructor(readonly deps: PushDeps) {}

  /** The person's browsers, by subscription id; none where this installation sends no push. */
  async targets(userId: string): Promise<string[]> {
    if (!this.deps.webPush) return [];
    return (await this.deps.repository.subscriptionsOf(userId)).map(({ id }) => id);
  }

  /** First half, in the transaction that creates the notification: only writes. @returns what to hand to `enqueue`. */
  createIn(tx: Tx, notification: { id: string; userId: string }, targets: readonly string[]): string[] {
    const now = this.deps.clock.now();
    return targets.map((subscriptionId) => {
      const id = deliveryIdOf(notification.id, subscriptionId);
      this.deps.repository.createDeliveryIn(tx, id, {
        userId: notification.userId,
        notificationId: notification.id,
        subscriptionId,
        status: 'waiting',
        queuedAt: now,
        leaseUntil: null,
        sentAt: null,
        outcome: null,
        expiresAt: new Date(now.getTime() + KEEP_MS),
      });
      return id;
    });
  }

  /** Second half, after the commit. What a crash in between loses, the sweep finds. */
  async enqueue(deliveryIds: readonly string[]): Promise<void> {
    for (const deliveryId of deliveryIds) {
      await this.deps.jobs.enqueue({
        type: SEND_PUSH,
        payload: { deliveryId },
        idempotencyKey: deliveryId,
      });
    }
  }

  /** For cron: deliveries whose job was never made. The queue turns known ones away. */
  async sweep(limit = 200): Promise<{ due: number }> {
    const now = this.deps.clock.now().getTime();
    const from = new Date(now - FRESH_MS);
    const due = await this.deps.repository.overdue(from, new Date(now - SWEEP_AFTER_MS), limit);
    await this.enqueue(due.map(({ id }) => id));
    return { due: due.length };
  }

  /** The job. Safe to run any number of times, and twice at once. */
  async send(deliveryId: string, attempt: Attempt): Promise<void> {
    const delivery = await this.#claim(deliveryId);
    if (!delivery) return;
    try {
      const ready = await this.#prepare(delivery);
      if (typeof ready === 'string') return await this.#finish(delivery, ready, null);
      await this.#hand(ready);
      await this.#succeeded(delivery);
    } catch (error) {
      await this.#failed(delivery, error, attempt);
    }
  }

  /** Everything a message needs, or how it ends without one. */
  async #prepare(delivery: PushDelivery): Promise<Ready | 'gone' | 'dropped'> {
    const { repository, notifications, people, webPush, encryption, clock } = this.deps;
    const [subscription, notification, reader] = await Promise.all([
      repository.subscription(delivery.subscriptionId),
      notifications.notification(delivery.notificationId),
      people.reader(delivery.userId),
    ]);
    if (subscription?.userId !== delivery.userId || !notification || !reader) return 'gone';
    // Settings may be taken away while messages wait.
    if (!webPush) return 'dropped';
    if (subscription.serverKey !== webPush.publicKey) {
      await repository.remove(subscription.id);
      return 'gone';
    }
    const facts = factsOfType(notification.type);
    const now = clock.now();
    // Tries may reach into the quiet hours, or past the moment when the person saw it elsewhere.
    const seen = notification.readAt !== null && !notification.hidden;
    const late = now.getTime() - delivery.queuedAt.getTime() > FRESH_MS;
    const wanted = facts && planDelivery(notification.type, facts, reader.preferences, at(now, reader)).push;
    if (seen || late || !wanted) return 'dropped';
    const keys = await encryption.decryptJson(subscription.keys, pushKeysContext(subscription.id));
    const target = { endpoint: subscription.endpoint, keys: pushKeysSchema.parse(keys) };
    return { webPush, target, notification, reader };
  }

  async #hand({ webPush, target, notification, reader }: Ready): Promise<void> {
    await webPush.send(target, pushMessage(this.deps.words(reader), notification), {
      urgent: notification.urgent,
      ttlSeconds: FRESH_MS / 1000,
      topic: topicOf(notification.id),
    });
  }

  /** One process at a time. Null when there is nothing to do any more. */
  #claim(id: string): Promise<PushDelivery | null> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const delivery = await tx.get(repository.deliveryRef(id));
      // A failed one is taken up again: its job runs only when a person replays it.
      if (!delivery || (delivery.status !== 'waiting' && delivery.status !== 'failed')) return null;
      const now = clock.now();
      const left = (delivery.leaseUntil?.getTime() ?? 0) - now.getTime();
      if (left > 0) {
        throw new ExternalServiceError('Another process is sending this message.', {
          provider: 'web_push',
          kind: 'unavailable',
          retryable: true,
          retryAfterMs: left,
          outcome: 'not_sent',
        });
      }
      tx.update(repository.deliveryRef(id), { leaseUntil: new Date(now.getTime() + LEASE_MS) });
      return delivery;
    });
  }

  async #succeeded(delivery: PushDelivery): Promise<void> {
    const { repository, clock } = this.deps;
    const sentAt = clock.now();
    await repository.run(async (tx) => {
      const ref = repository.subscriptionRef(delivery.subscriptionId);
      const subscription = await tx.get(ref);
      tx.update(repository.deliveryRef(delivery.id), {
        status: 'sent',
        sentAt,
        leaseUntil: null,
        outcome: null,
      });
      if (subscription) tx.update(ref, { lastSuccessAt: sentAt, failures: 0 });
    });
  }

  /** @throws the error again when another try, or a person, should follow. */
  async #failed(delivery: PushDelivery, error: unknown, { attempt, maxAttempts }: Attempt): Promise<void> {
    const { repository } = this.deps;
    const outcome = (error instanceof Error ? error.message : String(error)).slice(0, 300);
    if (error instanceof SubscriptionGoneError) {
      await repository.remove(delivery.subscriptionId);
      return this.#finish(delivery, 'gone', outcome);
    }
    const last = isPermanent(error) || attempt >= maxAttempts;
    await this.#finish(delivery, last ? 'failed' : 'waiting', outcome);
    // A wrong signature of ours is no reason to forget anybody's browser.
    if (last && !refusesUs(error)) await this.#blame(delivery.subscriptionId);
    throw error;
  }

  async #blame(subscriptionId: string): Promise<void> {
    const { repository } = this.deps;
    await repository.run(async (tx) => {
      const ref = repository.subscriptionRef(subscriptionId);
      const subscription = await tx.get(ref);
      if (!subscription) return;
      const failures = subscription.failures + 1;
      if (failures >= MAX_FAILURES) tx.delete(ref);
      else tx.update(ref, { failures });
    });
  }

  async #finish(delivery: PushDelivery, status: PushStatus, outcome: string | null): Promise<void> {
    const { repository } = this.deps;
    await repository.db.update(repository.deliveryRef(delivery.id), { status, outcome, leaseUntil: null });
  }
}

export function deliveryIdOf(notificationId: string, subscriptionId: string): string {
  return `pd_${createHash('sha256').update(`${notificationId}/${subscriptionId}`).digest('base64url').slice(0, 27)}`;
}

function at(now: Date, { timezone }: Reader) {
  return { now, timezone };
}
