import 'server-only';
import type { EncryptionService } from '@/core/crypto/encryption';
import type { Tx } from '@/core/db/db';
import { ConflictError, ExternalServiceError, NotFoundError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { Clock } from '@/core/time/clock';
import { newMessage } from './announcer';
import { DISABLED_AFTER_MS, healthAfterFailure, stepAfter } from './attempt-decision';
import { type CardWords, type ChatCard, digestCard, incidentCard, testCard } from './card';
import { notificationChannelDisabled } from './events';
import type { ChatSender, Outgoing } from './providers/types';
import {
  channelSecretContext,
  type NotificationChannel,
  type NotificationChannelRepository,
  type NotificationMessage,
} from './repository';
import { type ChannelKind, type ChannelSecret, channelSecretSchema, type MessageAttempt } from './schema';

export const CHANNEL_JOB = 'notifications.channel';

/** Longer than the two calls of a try may take together. */
const LEASE_MS = 30_000;
/** Slack takes about one message a second and channel, Teams four: https://docs.slack.dev/apis/web-api/rate-limits */
const PACE_MS: Record<ChannelKind, number> = { slack_webhook: 1_000, slack_bot: 1_000, teams: 250 };
/** After a 429 without a figure. */
const HOLD_MS = 30_000;
const LOST_AFTER_MS = 2 * 60_000;
const SWEEP_LIMIT = 200;
/** The machine that runs a job may be a little ahead of the one that planned it. */
const CLOCK_SKEW_MS = 3_000;
/** Less than any pace: too short to make another job for. */
const WORTH_WAITING_MS = 100;
const KEPT_ATTEMPTS = 24;

export interface ChannelDelivererDeps {
  repository: NotificationChannelRepository;
  encryption: EncryptionService;
  jobs: Pick<JobQueue, 'enqueue'>;
  outbox: Pick<Outbox, 'append'>;
  sender(kind: ChannelKind, words: CardWords): ChatSender;
  words(locale: 'en' | 'de', timezone: string): CardWords;
  organizationName(organizationId: string): Promise<string>;
  appUrl: string;
  clock: Clock;
  ids: Ids;
}

type Claimed = { message: NotificationMessage; channel: NotificationChannel };
type Outcome =
  | { kind: 'sent'; status: 'delivered' | 'accepted'; vendorId: string | null; attempt: MessageAttempt }
  | { kind: 'failed'; error: ExternalServiceError; attempt: MessageAttempt };

/** Sends messages to chat channels. The message's document says what is due; a job per try only shortens the wait. */
export class ChannelDeliverer {
  constructor(readonly deps: ChannelDelivererDeps) {}

  /** One try of one message. One that is settled, not due, or in other hands is left alone. */
  async attempt(messageId: string): Promise<NotificationMessage | null> {
    const claim = await this.#claim(messageId);
    if (claim === null) return null;
    if ('later' in claim) {
      await this.enqueue(claim.later);
      return claim.later;
    }
    const stored = await this.#record(claim, await this.#send(claim));
    if (stored.status === 'pending') await this.enqueue(stored);
    return stored;
  }

  async enqueue(
    message: Pick<NotificationMessage, 'id' | 'channelId' | 'sequence' | 'nextAttemptAt'>,
  ): Promise<void> {
    await this.deps.jobs.enqueue({
      type: CHANNEL_JOB,
      payload: { messageId: message.id },
      ...(message.nextAttemptAt ? { runAt: message.nextAttemptAt } : {}),
      idempotencyKey: `${message.id}_${message.sequence}`,
      // A slow channel holds up nobody but itself.
      concurrencyKey: `chat_${message.channelId}`,
    });
  }

  /** A test message: at once, once, whatever the rules and hours; it never changes the channel's state. */
  async test(channel: NotificationChannel): Promise<NotificationMessage> {
    const { repository, clock, ids } = this.deps;
    const id = ids.next('nm');
    const now = clock.now();
    await repository.db.create(
      repository.messageRef(id),
      newMessage(channel, 'test', [], { sendAt: now, now }),
    );
    const settled = await this.attempt(id);
    if (!settled) throw new NotFoundError('This message');
    return settled;
  }

  /** A person's decision to send a message again, now and with all its tries. */
  async replay(messageId: string): Promise<NotificationMessage> {
    const { repository, clock } = this.deps;
    const message = await repository.run(async (tx) => {
      const known = await tx.get(repository.messageRef(messageId));
      if (!known) throw new NotFoundError('This message');
      if (known.status !== 'failed' && known.status !== 'dropped')
        throw new ConflictError('Only a message that did not get through can be sent again.');
      const sequence = known.sequence + 1;
      const again = {
        status: 'pending' as const,
        tries: 0,
        nextAttemptAt: clock.now(),
        reservedAt: null,
        sequence,
      };
      tx.update(repository.messageRef(messageId), again);
      return { ...known, ...again };
    });
    await this.enqueue(message);
    return message;
  }

  /** Gives messages whose job was lost a new one, and ends channels that took nothing for a day. */
  async sweep(): Promise<{ lost: number; disabled: number }> {
    const { repository, clock } = this.deps;
    const now = clock.now().getTime();
    const lost = await repository.overdue(new Date(now - LOST_AFTER_MS), SWEEP_LIMIT);
    for (const message of lost) {
      const ref = repository.messageRef(message.id);
      if (message.kind === 'test') {
        // Whoever pressed the button has long seen that it failed.
        await repository.db.update(ref, { status: 'dropped', nextAttemptAt: null });
        continue;
      }
      const sequence = message.sequence + 1;
      await repository.db.update(ref, { sequence });
      await this.enqueue({ ...message, sequence });
    }
    const over = await repository.failing(new Date(now - DISABLED_AFTER_MS), SWEEP_LIMIT);
    for (const { id } of over) {
      await repository.run(async (tx) => {
        const channel = await tx.get(repository.channelRef(id));
        if (channel?.status === 'failing') this.#disable(tx, channel);
      });
    }
    return { lost: lost.length, disabled: over.length };
  }

  /** One process at a time, and each channel at its vendor's pace. Null when there is nothing to do now. */
  #claim(id: string): Promise<Claimed | { later: NotificationMessage } | null> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const message = await tx.get(repository.messageRef(id));
      if (message?.status !== 'pending') return null;
      const now = clock.now();
      const early = (message.nextAttemptAt?.getTime() ?? 0) - now.getTime();
      if (early > CLOCK_SKEW_MS || (message.leaseUntil && message.leaseUntil > now)) return null;
      const channel = await repository.channelIn(tx, message.organizationId, message.channelId);
      const once = message.kind === 'test';
      if (!channel || (channel.status === 'disabled' && !once) || (await this.#isOver(tx, message))) {
        tx.update(repository.messageRef(id), { status: 'dropped', nextAttemptAt: null });
        return null;
      }
      const slot = once ? now : slotOf(channel, message, now);
      if (slot.getTime() - now.getTime() > WORTH_WAITING_MS) {
        const change = { nextAttemptAt: slot, reservedAt: slot, sequence: message.sequence + 1 };
        tx.update(repository.messageRef(id), change);
        tx.update(repository.channelRef(channel.id), { nextSendAt: after(slot, PACE_MS[channel.kind]) });
        return { later: { ...message, ...change } };
      }
      // A process died with it in hand: nobody knows whether it was sent.
      const uncertainSince = message.uncertainSince ?? (message.leaseUntil ? message.leaseUntil : null);
      const held = { leaseUntil: after(now, LEASE_MS), uncertainSince };
      tx.update(repository.messageRef(id), held);
      if (message.reservedAt === null)
        tx.update(repository.channelRef(channel.id), { nextSendAt: after(slot, PACE_MS[channel.kind]) });
      return { message: { ...message, ...held }, channel };
    });
  }

  /** The vendor was away for longer than the incident lasted: its end is told, and its beginning must not come after that. */
  async #isOver(tx: Tx, { kind, tries, items: [item] }: NotificationMessage): Promise<boolean> {
    if (kind !== 'incident' || tries === 0 || item?.state !== 'open') return false;
    const incident = await tx.get(this.deps.repository.incidentRef(item.incidentId));
    return incident?.state === 'closed' && incident.openedAt <= item.at;
  }

  async #send({ message, channel }: Claimed): Promise<Outcome> {
    const { clock } = this.deps;
    const at = clock.now();
    const startedAt = performance.now();
    const attemptOf = (facts: Omit<MessageAttempt, 'at' | 'milliseconds'>): MessageAttempt => ({
      at,
      milliseconds: Math.round(performance.now() - startedAt),
      ...facts,
    });
    try {
      const { certainty, status, said, vendorId } = await this.#hand(message, channel);
      const attempt = attemptOf({ responseStatus: status, said, error: null, uncertain: false });
      return { kind: 'sent', status: certainty, vendorId, attempt };
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      const uncertain = error.outcome === 'unknown';
      const responseStatus = error.vendorStatus ?? null;
      const said = error.vendorCode ?? '';
      return {
        kind: 'failed',
        error,
        attempt: attemptOf({ responseStatus, said, error: error.message, uncertain }),
      };
    }
  }

  async #hand(message: NotificationMessage, channel: NotificationChannel) {
    const { words: wordsOf, sender: senderOf } = this.deps;
    const words = wordsOf(channel.locale, channel.timezone);
    const sender = senderOf(channel.kind, words);
    const secret = await this.#secret(channel);
    const target = { secret, slackChannel: channel.slackChannel };
    const out = async (repeated: boolean): Promise<Outgoing> => ({
      target,
      messageId: message.id,
      card: await this.#card(message, channel, words, repeated),
    });
    if (!message.uncertainSince) return sender.send(await out(false));
    const found = sender.find ? await sender.find(await out(false), message.uncertainSince) : 'unknown';
    if (found === null) return sender.send(await out(false));
    // The vendor gives no way to tell: better twice, and saying so, than not at all.
    if (found === 'unknown') return sender.send(await out(true));
    return { certainty: 'delivered' as const, status: 200, said: 'already there', vendorId: found.vendorId };
  }

  async #secret({ id, organizationId }: NotificationChannel): Promise<ChannelSecret> {
    const { repository, encryption } = this.deps;
    const stored = await repository.db.get(repository.secretRef(id));
    if (!stored) throw new NotFoundError('The address of this channel');
    const opened = await encryption.decryptJson(stored.payload, channelSecretContext(organizationId, id));
    return channelSecretSchema.parse(opened);
  }

  async #card(
    { kind, items, omitted }: NotificationMessage,
    { organizationId }: NotificationChannel,
    words: CardWords,
    repeated: boolean,
  ): Promise<ChatCard> {
    const organization = await this.deps.organizationName(organizationId);
    const facts = { words, appUrl: this.deps.appUrl, organization, repeated };
    const [first] = items;
    if (kind === 'test' || !first) return testCard(facts);
    return kind === 'incident' ? incidentCard(first, facts) : digestCard(items, omitted, facts);
  }

  /** Stores what happened and what follows, on message and channel at once. */
  #record({ message, channel }: Claimed, outcome: Outcome): Promise<NotificationMessage> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const known = await tx.get(repository.messageRef(message.id));
      const line = await repository.channelIn(tx, channel.organizationId, channel.id);
      if (known?.status !== 'pending') return known ?? message;
      const now = clock.now();
      const tries = known.tries + 1;
      const change = {
        ...resultOf(outcome, { tries, once: known.kind === 'test', now }),
        tries,
        sequence: known.sequence + 1,
        reservedAt: null,
        leaseUntil: null,
        attempts: [...known.attempts, outcome.attempt].slice(-KEPT_ATTEMPTS),
        uncertainSince: message.uncertainSince ?? (outcome.attempt.uncertain ? outcome.attempt.at : null),
      };
      tx.update(repository.messageRef(known.id), change);
      if (line && known.kind !== 'test') this.#judge(tx, line, outcome, now);
      return { ...known, ...change };
    });
  }

  /** What a try says about its channel. One that a person switched off meanwhile stays off. */
  #judge(tx: Tx, channel: NotificationChannel, outcome: Outcome, now: Date): void {
    const ref = this.deps.repository.channelRef(channel.id);
    if (channel.status === 'disabled') return;
    if (outcome.kind === 'sent') {
      const well = { status: 'active' as const, failureCount: 0, failingSince: null, lastError: null };
      tx.update(ref, { ...well, lastDeliveredAt: now });
      return;
    }
    const { error } = outcome;
    if (error.kind === 'rate_limit') {
      // Asked to wait is not refused. The whole channel waits, not this message alone.
      tx.update(ref, { heldUntil: after(now, error.retryAfterMs ?? HOLD_MS) });
      return;
    }
    const health = healthAfterFailure(channel, now);
    const lastError = error.message.slice(0, 500);
    if (health.status === 'disabled') this.#disable(tx, { ...channel, ...health, lastError });
    else tx.update(ref, { ...health, lastError });
  }

  #disable(tx: Tx, channel: NotificationChannel): void {
    const { repository, outbox } = this.deps;
    const { id: channelId, organizationId, name, failureCount, failingSince, lastError } = channel;
    tx.update(repository.channelRef(channelId), {
      ...{ status: 'disabled', disabledReason: 'exhausted', failureCount, failingSince, lastError },
    });
    outbox.append(tx, notificationChannelDisabled, { organizationId, channelId, name });
  }
}

/** Its place in the channel's line: the one it holds, or the next free one, and never while the vendor wants silence. */
function slotOf(
  channel: Pick<NotificationChannel, 'nextSendAt' | 'heldUntil'>,
  message: Pick<NotificationMessage, 'reservedAt'>,
  now: Date,
): Date {
  const held = channel.heldUntil ?? now;
  if (message.reservedAt && held <= now) return now;
  return new Date(Math.max(now.getTime(), held.getTime(), channel.nextSendAt?.getTime() ?? 0));
}

function resultOf(outcome: Outcome, facts: { tries: number; once: boolean; now: Date }) {
  if (outcome.kind === 'sent')
    return { status: outcome.status, nextAttemptAt: null, vendorId: outcome.vendorId };
  const step = stepAfter(outcome.error, facts);
  return step.kind === 'retry'
    ? { status: 'pending' as const, nextAttemptAt: step.at }
    : { status: 'failed' as const, nextAttemptAt: null };
}

function after(at: Date, milliseconds: number): Date {
  return new Date(at.getTime() + milliseconds);
}
