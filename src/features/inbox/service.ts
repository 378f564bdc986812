import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import {
  ConflictError,
  ExternalServiceError,
  ForbiddenError,
  isSystemError,
  NotFoundError,
  type SystemError,
  ValidationError,
} from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { InboxItem, InboxPace, InboxReply, PublishedRef } from '@/features/platforms/providers/types';
import type { PlatformId } from '@/features/platforms/schema';
import { backOff, nextPollAfter, rest, troubleOf, watchedInterval } from './polling';
import { answerOf, requireNoneOpen, settledAs } from './replies';
import { type InboxChannel, type InboxRepository, LOOK_MS } from './repository';
import {
  type ChangeItem,
  type InboxItemDoc,
  type InboxItemView,
  type ListInboxQuery,
  REPLIES_MAX,
  type RefreshAnswer,
  type Reply,
  type ResolveReply,
} from './schema';

/** What networks offer of an inbox, in a channel's name. */
export interface InboxNetworks {
  /** Null where the network has none of this kind of account. */
  pull(organizationId: string, connectionId: string, since: Date): Promise<InboxItem[] | null>;
  reply(organizationId: string, connectionId: string, reply: InboxReply): Promise<PublishedRef>;
  /** The same answer sent again under the same material appears once. */
  repeatable(platform: PlatformId): boolean;
  /** Read-only: is this answer out? Null: not seen, or the network cannot tell. */
  find(organizationId: string, connectionId: string, reply: InboxReply): Promise<PublishedRef | null>;
  /** How often it may be asked. */
  pace(platform: PlatformId): InboxPace;
}

export interface InboxChannels {
  active(organizationId: string): Promise<{ id: string; platform: PlatformId; sandbox: boolean }[]>;
}

export interface InboxDeps {
  repository: InboxRepository;
  networks: InboxNetworks;
  channels: InboxChannels;
  members: { isMember(organizationId: string, userId: string): Promise<boolean> };
  clock: Clock;
  ids: Ids;
}

/** A new channel's inbox begins with what came in the last days. */
const FIRST_LOOK_BACK_MS = 7 * 24 * 3600_000;
/** Networks show things late and by their own clocks; what is read twice is stored once. */
const OVERLAP_MS = 10 * 60_000;
const SENDING_MS = 60_000;
/** Networks show an answer some time after they took it: what was not seen is looked for once more. */
const LOOK_AGAIN_MS = 3 * 60_000;
const CHANNELS_PER_SWEEP = 200;
/** A look waits for its network most of the time. */
const LOOKS_AT_ONCE = 8;

/** Comments and mentions: read from networks, answered once, shared out among people. */
export class InboxService {
  static getInstance(): InboxService {
    return singleton<InboxService>('InboxService');
  }

  constructor(readonly deps: InboxDeps) {}

  // Reading ------------------------------------------------------------------------------------------------------------

  async list(actor: Actor, query: ListInboxQuery): Promise<Page<InboxItemView>> {
    const page = await this.deps.repository.list(actor.organizationId, query);
    return { items: page.items.filter((item) => mayUse(actor, item.connectionId)), cursor: page.cursor };
  }

  /** Looks at channels that were not looked at for a moment: called while somebody has the inbox open. */
  async refresh(actor: Actor): Promise<RefreshAnswer> {
    const { repository, clock, channels, networks } = this.deps;
    const [known, active] = await Promise.all([
      repository.channelsOf(actor.organizationId),
      channels.active(actor.organizationId),
    ]);
    const missing = active.filter((one) => !known.some(({ id }) => id === one.id));
    for (const { id, platform } of missing) await this.follow(actor.organizationId, id, platform);
    const stale = (channel: InboxChannel) => {
      const last = channel.lastPolledAt?.getTime() ?? 0;
      // A channel that fails keeps its pause, whoever watches.
      const wait =
        channel.failures > 0 || channel.trouble === 'none'
          ? channel.nextPollAt.getTime() - last
          : watchedInterval(networks.pace(channel.platform));
      return clock.now().getTime() - last >= wait;
    };
    const ids = [...known.filter(stale).map(({ id }) => id), ...missing.map(({ id }) => id)];
    const counts = await Promise.all(ids.map((id) => this.#look(id, stale)));
    const asked = counts.filter((one) => one !== null).length;
    // What was just looked at may have changed.
    const told = asked > 0 ? await repository.channelsOf(actor.organizationId) : known;
    const unread = told.flatMap(({ id: connectionId, platform, trouble }) =>
      trouble && mayUse(actor, connectionId) ? [{ connectionId, platform, trouble }] : [],
    );
    return { asked, fresh: sum(counts), unread };
  }

  /** Looks at every channel that is due, and settles replies nobody heard of again. For cron. */
  async sweep(open: () => boolean): Promise<{ channels: number; fresh: number; lostReplies: number }> {
    const { repository, clock } = this.deps;
    const lost = await repository.overdue(clock.now(), CHANNELS_PER_SWEEP);
    for (const item of lost) await this.#settleLost(item);
    const due = await repository.dueChannels(clock.now(), CHANNELS_PER_SWEEP);
    const counts: (number | null)[] = [];
    for (let at = 0; at < due.length && open(); at += LOOKS_AT_ONCE) {
      const group = due.slice(at, at + LOOKS_AT_ONCE);
      const looks = group.map(({ id }) => this.#look(id, (channel) => channel.nextPollAt <= clock.now()));
      counts.push(...(await Promise.all(looks)));
    }
    return { channels: counts.length, fresh: sum(counts), lostReplies: lost.length };
  }

  /** A channel was connected: its inbox is read from now on. */
  async follow(organizationId: string, connectionId: string, platform: PlatformId): Promise<void> {
    const now = this.deps.clock.now();
    const added = await this.deps.repository.addChannel(connectionId, {
      organizationId,
      platform,
      since: new Date(now.getTime() - FIRST_LOOK_BACK_MS),
      nextPollAt: now,
      lastPolledAt: null,
      failures: 0,
      trouble: null,
    });
    // Reconnected: what kept it from being read may be gone.
    if (!added)
      await this.deps.repository.updateChannel(connectionId, {
        nextPollAt: now,
        lastPolledAt: null,
        failures: 0,
      });
  }

  /** It was disconnected: nothing more is read; what came stays. */
  unfollow(connectionId: string): Promise<void> {
    return this.deps.repository.removeChannel(connectionId);
  }

  // Working through it -------------------------------------------------------------------------------------------------

  /** @throws ValidationError for an assignee who is no member. */
  async change(actor: Actor, id: string, change: ChangeItem): Promise<InboxItemView> {
    const { repository, members } = this.deps;
    if (change.assigneeId && !(await members.isMember(actor.organizationId, change.assigneeId)))
      throw ValidationError.at('body.assigneeId', 'This person is no member of your organisation.');
    return repository.run(async (tx) => {
      const item = requireItem(actor, await repository.itemIn(tx, actor.organizationId, id));
      const changed = {
        ...(change.status === undefined ? {} : { status: change.status }),
        ...(change.assigneeId === undefined ? {} : { assigneeId: change.assigneeId }),
      };
      tx.update(repository.itemRef(id), changed);
      return { ...item, ...changed };
    });
  }

  /**
   * Answers in public, once. The intent is stored before the call; an answer that is lost is never sent again blindly.
   * @throws ConflictError while another answer is on its way, or nobody knows whether it is out.
   */
  async reply(actor: Actor, id: string, text: string): Promise<InboxItemView> {
    const { repository, clock, ids } = this.deps;
    const now = clock.now();
    const reply: Reply = {
      id: ids.next(),
      text,
      byUserId: actor.userId,
      byName: actor.displayName ?? '',
      status: 'sending',
      createdAt: now,
      permalink: null,
      error: null,
    };
    const item = await repository.run(async (tx) => {
      const known = requireItem(actor, await repository.itemIn(tx, actor.organizationId, id));
      requireNoneOpen(known);
      if (known.replies.length >= REPLIES_MAX)
        throw new ConflictError('This conversation is long. Go on with it at the network.');
      const replies = [...known.replies, reply];
      tx.update(repository.itemRef(id), { replies, sendingUntil: new Date(now.getTime() + SENDING_MS) });
      return { ...known, replies };
    });
    return this.#send(item, reply);
  }

  /**
   * A person's word about an answer that may be out, or failed.
   * @throws ConflictError when nobody asks about it.
   */
  async resolve(actor: Actor, id: string, replyId: string, answer: ResolveReply): Promise<InboxItemView> {
    const { repository, clock } = this.deps;
    const again = answer.outcome === 'absent' && answer.resend;
    const [item, reply, before] = await repository.run(async (tx) => {
      const known = requireItem(actor, await repository.itemIn(tx, actor.organizationId, id));
      const found = known.replies.find((one) => one.id === replyId);
      if (!found) throw new NotFoundError('This answer');
      if (found.status !== 'unconfirmed' && !(found.status === 'failed' && again))
        throw new ConflictError('Nobody asks about this answer any more.');
      const status = again ? 'sending' : answer.outcome === 'sent' ? 'sent' : 'failed';
      const next: Reply = { ...found, status, error: null };
      const replies = known.replies.map((one) => (one.id === replyId ? next : one));
      const sendingUntil = again ? new Date(clock.now().getTime() + SENDING_MS) : null;
      tx.update(repository.itemRef(id), { replies, sendingUntil });
      return [{ ...known, replies, sendingUntil }, next, found.status] as const;
    });
    if (!again) return item;
    // It may have come out since the person looked.
    const ref = before === 'unconfirmed' ? await this.#find(item, reply) : null;
    return ref ? this.#settle(item, reply, ref) : this.#send(item, reply);
  }

  async #send(item: InboxItemDoc, reply: Reply): Promise<InboxItemView> {
    const { networks } = this.deps;
    try {
      return await this.#settle(item, reply, await this.#deliver(item, reply));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      // A channel that is gone or takes no answers is known before anything is sent.
      if (!(error instanceof ExternalServiceError) || error.outcome !== 'unknown')
        return this.#settle(item, reply, error);
      if (!networks.repeatable(item.platform)) return this.#lookFor(item, reply);
    }
    // Its network takes the same answer once, so asking again settles what was lost.
    try {
      return await this.#settle(item, reply, await this.#deliver(item, reply));
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      return this.#settle(item, reply, error.outcome === 'rejected' ? error : 'unconfirmed');
    }
  }

  #deliver(item: InboxItemDoc, reply: Reply): Promise<PublishedRef> {
    return this.deps.networks.reply(item.organizationId, item.connectionId, answerOf(item, reply));
  }

  /** Its sending was lost: it is found at the network, or a person is asked, and it is looked for once more. */
  async #lookFor(item: InboxItemDoc, reply: Reply): Promise<InboxItemView> {
    const ref = await this.#find(item, reply);
    if (ref) return this.#settle(item, reply, ref);
    const lookAgainAt = new Date(this.deps.clock.now().getTime() + LOOK_AGAIN_MS);
    return this.#settle(item, reply, 'unconfirmed', lookAgainAt);
  }

  async #find(item: InboxItemDoc, reply: Reply): Promise<PublishedRef | null> {
    try {
      return await this.deps.networks.find(item.organizationId, item.connectionId, answerOf(item, reply));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      logger.warn({ err: error, itemId: item.id }, 'a lost answer could not be looked for');
      return null;
    }
  }

  /** Stores how it ended. An answered comment is done. */
  #settle(
    item: Pick<InboxItemDoc, 'id' | 'organizationId'>,
    { id: replyId }: Reply,
    outcome: PublishedRef | SystemError | 'unconfirmed',
    sendingUntil: Date | null = null,
  ): Promise<InboxItemView> {
    const { repository } = this.deps;
    return repository.run(async (tx) => {
      const known = await repository.itemIn(tx, item.organizationId, item.id);
      if (!known) throw new NotFoundError('This comment');
      const settled = settledAs(outcome);
      const current = known.replies.find((one) => one.id === replyId)?.status;
      // Whoever comes second and knows less leaves it as it is.
      if (current !== 'sending' && settled.status !== 'sent') return known;
      const replies = known.replies.map((one) => (one.id === replyId ? { ...one, ...settled } : one));
      const done = settled.status === 'sent' ? { status: 'done' as const } : {};
      tx.update(repository.itemRef(item.id), { replies, sendingUntil, ...done });
      return { ...known, replies, sendingUntil, ...done };
    });
  }

  /** The process that sent it died. Where the network allows it is sent again as the same answer; else a person looks. */
  async #settleLost(item: InboxItemDoc): Promise<void> {
    const { networks, repository } = this.deps;
    const reply = item.replies.find(({ status }) => status === 'sending' || status === 'unconfirmed');
    if (reply?.status === 'sending')
      await (networks.repeatable(item.platform) ? this.#send(item, reply) : this.#lookFor(item, reply));
    else {
      const ref = reply ? await this.#find(item, reply) : null;
      if (reply && ref) await this.#settle(item, reply, ref);
      else await repository.looked(item);
    }
  }

  /** @returns how many were new; null when the channel was not ours to look at. */
  async #look(connectionId: string, due: (channel: InboxChannel) => boolean): Promise<number | null> {
    const { repository, clock, networks } = this.deps;
    const startedAt = clock.now();
    const channel = await repository.claim(connectionId, due, new Date(startedAt.getTime() + LOOK_MS));
    if (!channel) return null;
    try {
      const found = await networks.pull(channel.organizationId, connectionId, channel.since);
      const fresh = found ? await this.#store(channel, found) : 0;
      const since = new Date(startedAt.getTime() - OVERLAP_MS);
      const pace = networks.pace(channel.platform);
      const nextPollAt = found ? nextPollAfter(startedAt, pace) : rest(startedAt);
      await repository.updateChannel(connectionId, {
        nextPollAt,
        failures: 0,
        lastPolledAt: startedAt,
        trouble: found ? null : 'none',
        ...(found ? { since } : {}),
      });
      return fresh;
    } catch (error) {
      const failures = channel.failures + 1;
      logger.warn({ err: error, connectionId, failures }, 'an inbox could not be read');
      await repository.updateChannel(connectionId, {
        nextPollAt: backOff(error, failures, startedAt),
        failures,
        trouble: troubleOf(error, failures),
      });
      return 0;
    }
  }

  async #store(channel: InboxChannel, found: readonly InboxItem[]): Promise<number> {
    let fresh = 0;
    for (const item of found) {
      const added = await this.deps.repository.addItem({
        organizationId: channel.organizationId,
        connectionId: channel.id,
        platform: channel.platform,
        sandbox: channel.platform === 'sandbox',
        kind: item.kind,
        remoteId: item.id,
        remotePostId: item.postId ?? null,
        author: { ...item.author, avatarUrl: item.author.avatarUrl ?? null },
        text: item.text.slice(0, 10_000),
        permalink: item.permalink ?? null,
        receivedAt: item.createdAt,
        status: 'open',
        assigneeId: null,
        replies: [],
        sendingUntil: null,
        extra: { ...item.extra },
      });
      if (added) fresh += 1;
    }
    return fresh;
  }
}

function mayUse(actor: Actor, connectionId: string): boolean {
  return actor.channelIds.length === 0 || actor.channelIds.includes(connectionId);
}

function requireItem(actor: Actor, item: InboxItemDoc | null): InboxItemDoc {
  if (!item) throw new NotFoundError('This comment');
  if (mayUse(actor, item.connectionId)) return item;
  throw new ForbiddenError('You may not use this channel. Ask an admin to add it to yours.');
}

function sum(counts: readonly (number | null)[]): number {
  return counts.reduce<number>((total, one) => total + (one ?? 0), 0);
}
