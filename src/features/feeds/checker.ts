import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { isMissing, type Tx } from '@/core/db/db';
import { InsufficientTokensError, isSystemError, type SystemError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { feedStopped } from './events';
import { newestOf, newsOf, postIdOf } from './items';
import { shortened } from './plain-text';
import { afterFailure, FeedFault, nextLook, whyStopped } from './polling';
import type { FeedActors, FeedChannels, FeedPosts, FeedWriter } from './ports';
import { fittedText, withLink } from './post-text';
import type { FeedBody, FeedReader } from './reader';
import type { FeedPatch, FeedRepository, HeldFeed } from './repository';
import {
  type CheckAnswer,
  type FeedDoc,
  type FeedItemDoc,
  type FeedMode,
  type FeedNote,
  POSTS_PER_CHECK,
  type StopReason,
  WAITING_MAX,
} from './schema';

export interface CheckerDeps {
  repository: FeedRepository;
  reader: Pick<FeedReader, 'read'>;
  posts: FeedPosts;
  channels: FeedChannels;
  writer: FeedWriter;
  actors: FeedActors;
  outbox: Outbox;
  clock: Clock;
  ids: Ids;
  random: () => number;
}

const FEEDS_PER_SWEEP = 200;
/** Looked at side by side: most of a look is waiting. */
const AT_ONCE = 6;
const WRITING_MS = 40_000;
/** The longest title that every network with titles takes. */
const TITLE_MAX = 100;

/** One look at one feed, while it is held. */
interface Look {
  held: HeldFeed;
  actor: Actor;
  /** Those of its channels that are there and its author's to use. */
  connectionIds: string[];
}

interface Words {
  text: string;
  mode: FeedMode;
  note: FeedNote | null;
}

/** Looks at feeds and makes posts of what is new: nothing twice, nothing lost. */
export class FeedChecker {
  constructor(readonly deps: CheckerDeps) {}

  /** Looks at every feed that is due. For cron. */
  async sweep(open: () => boolean): Promise<{ feeds: number; posts: number }> {
    const { repository, clock } = this.deps;
    const due = await repository.due(clock.now(), FEEDS_PER_SWEEP);
    const counts = { feeds: 0, posts: 0 };
    const lane = async () => {
      for (let next = due.shift(); next && open(); next = due.shift()) {
        const answer = await this.look(next.id, isDue(clock.now()), open);
        counts.feeds += answer ? 1 : 0;
        counts.posts += answer?.posted ?? 0;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return counts;
  }

  /** @returns null when it is somebody else's to look at just now. */
  async look(
    id: string,
    due: (feed: FeedDoc) => boolean,
    open: () => boolean = () => true,
  ): Promise<CheckAnswer | null> {
    const { repository, clock, ids, actors } = this.deps;
    const lease = { id: ids.next('look'), now: clock.now() };
    const held = await repository.claim(id, lease, (feed) => feed.status === 'active' && due(feed));
    if (!held) return null;
    try {
      const actor = await actors.actorOf(held.organizationId, held.createdBy);
      if (actor && !actor.permissions.has('content.read')) return await this.#putOff(held);
      const reason = whyStopped(actor, held);
      if (!actor || reason) return await this.#stop(held, reason ?? 'author_gone');
      return await this.#work(held, actor, open);
    } catch (error) {
      logger.error({ err: error, feedId: id }, 'a feed could not be looked at');
      return this.#fail(held, new FeedFault('internal', { cause: error }), { found: 0, posted: 0 });
    }
  }

  async #work(held: HeldFeed, actor: Actor, open: () => boolean): Promise<CheckAnswer> {
    const read = await this.#read(held);
    const found = read && !(read instanceof FeedFault) ? await this.#takeIn(held, read) : 0;
    const waiting = held.waiting + found;
    const posted = waiting > 0 ? await this.#postWaiting(held, actor, open) : 0;
    if (read instanceof FeedFault) return this.#fail(held, read, { found, posted });
    const { repository, clock, random } = this.deps;
    const now = clock.now();
    await repository.release(held, (_tx, { intervalMinutes }) => ({
      lastCheckedAt: now,
      nextPollAt: nextLook(now, intervalMinutes, random),
      failures: 0,
      problem: null,
    }));
    return {
      outcome: read ? 'checked' : 'unchanged',
      found,
      posted,
      waiting: Math.max(0, waiting - posted),
      problem: null,
    };
  }

  /** Null: nothing is new since the last time. */
  async #read(held: HeldFeed): Promise<FeedBody | FeedFault | null> {
    try {
      return await this.deps.reader.read(held.url, held);
    } catch (error) {
      if (error instanceof FeedFault) return error;
      throw error;
    }
  }

  /** @returns how many items are new. */
  #takeIn(held: HeldFeed, { feed, etag, lastModified, bodyHash }: FeedBody): Promise<number> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const current = await repository.heldIn(tx, held);
      if (!current) return 0;
      const seen = await tx.get(repository.seenRef(held.id));
      const now = clock.now();
      const { fresh, passedOver, keys } = newsOf(feed, seen?.keys ?? [], roomFor(current));
      const items = fresh.map(({ key, title, link, summary, author }, index) => ({
        id: `${held.id}_${key}`,
        organizationId: held.organizationId,
        feedId: held.id,
        key,
        position: now.getTime() * 1_000 + index,
        title,
        link,
        summary,
        author,
        written: null,
      }));
      const newest = fresh.at(-1) ?? (current.lastItem ? null : newestOf(feed));
      repository.takeInIn(tx, held, {
        items,
        keys,
        patch: {
          etag,
          lastModified,
          bodyHash,
          title: feed.title,
          siteUrl: feed.siteUrl,
          waiting: current.waiting + items.length,
          ...(newest ? { lastItem: { title: newest.title, link: newest.link, foundAt: now } } : {}),
          // A new batch: what was said of the last one is over.
          ...(items.length + passedOver > 0
            ? { note: passedOver > 0 ? this.#note('passed_over', `${passedOver}`) : null }
            : {}),
        },
      });
      return items.length;
    });
  }

  /** @returns how many became posts. */
  async #postWaiting(held: HeldFeed, actor: Actor, open: () => boolean): Promise<number> {
    const { repository, channels, clock } = this.deps;
    const active = await channels.active(held.organizationId);
    const allowed = (id: string) => actor.channelIds.length === 0 || actor.channelIds.includes(id);
    const connectionIds = held.connectionIds.filter((id) => active.has(id) && allowed(id));
    let posted = 0;
    for (const item of await repository.waiting(held.id, POSTS_PER_CHECK)) {
      if (!open() || !(await repository.renew(held, clock.now()))) break;
      posted += (await this.#post({ held, actor, connectionIds }, item)) ? 1 : 0;
    }
    return posted;
  }

  /** Makes the post, or where it is refused the draft of it. @returns false when it was there before, or the feed is gone. */
  async #post(look: Look, item: FeedItemDoc): Promise<boolean> {
    const words = await this.#words(look, item);
    try {
      return await this.#make(look, item, words);
    } catch (error) {
      if (!isRefusal(error) || words.mode === 'draft') throw error;
      // A rule, the plan, no free time: a person decides, and nothing is lost.
      const note = words.note ?? this.#note('kept_as_draft', error.message);
      return this.#make(look, item, { ...words, mode: 'draft', note });
    }
  }

  async #make({ actor, connectionIds }: Look, item: FeedItemDoc, words: Words): Promise<boolean> {
    const { posts, repository } = this.deps;
    const { text, mode, note } = words;
    try {
      const made = await posts.create(actor, {
        id: postIdOf(item.feedId, item.key),
        text,
        title: shortened(item.title, TITLE_MAX),
        link: item.link && text.includes(item.link) ? item.link : null,
        connectionIds,
        mode,
        alongside: (tx: Tx) => repository.settleIn(tx, item, note),
      });
      if (!made) await repository.settle(item);
      return made;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** What the post says: in the AI's words, else in those of the template, then as a draft. */
  async #words(look: Look, item: FeedItemDoc): Promise<Words> {
    const { held, connectionIds } = look;
    const lost = connectionIds.length < held.connectionIds.length;
    const note = lost ? this.#note('channels_gone', null) : null;
    const mode = connectionIds.length === 0 ? 'draft' : held.mode;
    if (held.writer === 'template') return { text: await this.#filled(look, item), mode, note };
    try {
      return { text: item.written ?? (await this.#written(look, item)), mode, note };
    } catch (error) {
      if (!isSystemError(error)) throw error;
      logger.info({ err: error, feedId: held.id }, 'the AI did not write for a feed');
      const code = isOutOfTokens(error) ? 'ai_tokens' : 'ai_failed';
      const text = await this.#filled(look, item);
      return { text, mode: 'draft', note: this.#note(code, error.message) };
    }
  }

  /** Kept before it is used: what was paid for is not paid for twice. */
  async #written({ held, actor, connectionIds }: Look, item: FeedItemDoc): Promise<string> {
    const { title, summary, author, link } = item;
    const brief = { instruction: held.instruction, title, summary, author, link, connectionIds };
    const answer = await this.deps.writer.write(actor, brief, AbortSignal.timeout(WRITING_MS));
    const text = withLink(answer, link);
    await this.deps.repository.keepText(item.id, text);
    return text;
  }

  async #filled({ held, connectionIds }: Look, item: FeedItemDoc): Promise<string> {
    const text = await fittedText(held.template, item, (words) =>
      connectionIds.length === 0
        ? Promise.resolve(0)
        : this.deps.posts.excess(held.organizationId, words, item.link, connectionIds),
    );
    return text || item.title;
  }

  #note(code: FeedNote['code'], detail: string | null): FeedNote {
    return { code, detail: detail?.slice(0, 500) ?? null, at: this.deps.clock.now() };
  }

  async #fail(
    held: HeldFeed,
    fault: FeedFault,
    counts: { found: number; posted: number },
  ): Promise<CheckAnswer> {
    const { repository, clock } = this.deps;
    await repository.release(held, (tx, feed) => {
      const now = clock.now();
      const { failures, nextPollAt, stop } = afterFailure(feed, fault, now);
      return {
        lastCheckedAt: now,
        nextPollAt,
        failures,
        problem: fault.problem,
        ...(stop ? this.#stopIn(tx, feed, stop) : {}),
      };
    });
    const waiting = Math.max(0, held.waiting + counts.found - counts.posted);
    return { outcome: 'failed', ...counts, waiting, problem: fault.problem };
  }

  /** The whole organisation waits for its deletion. Should it come back, its feeds go on. */
  async #putOff(held: HeldFeed): Promise<CheckAnswer> {
    const { repository, clock, random } = this.deps;
    const nextPollAt = nextLook(clock.now(), held.intervalMinutes, random);
    await repository.release(held, () => ({ nextPollAt }));
    return { outcome: 'unchanged', found: 0, posted: 0, waiting: held.waiting, problem: null };
  }

  async #stop(held: HeldFeed, reason: StopReason): Promise<CheckAnswer> {
    await this.deps.repository.release(held, (tx, feed) => this.#stopIn(tx, feed, reason));
    return { outcome: 'stopped', found: 0, posted: 0, waiting: held.waiting, problem: null };
  }

  /** Stops it and says so to people, both or neither. */
  #stopIn(tx: Tx, feed: FeedDoc, reason: StopReason): FeedPatch {
    const { organizationId, id: feedId, title, createdBy } = feed;
    this.deps.outbox.append(tx, feedStopped, { organizationId, feedId, title, createdBy, reason });
    const author = reason === 'author_gone' || reason === 'author_permission';
    return { status: author ? 'paused' : 'disabled', stopReason: reason, nextPollAt: null };
  }
}

function roomFor({ waiting }: FeedDoc): number {
  return Math.max(0, WAITING_MAX - waiting);
}

export function isDue(now: Date): (feed: FeedDoc) => boolean {
  return ({ nextPollAt }) => nextPollAt !== null && nextPollAt <= now;
}

function isRefusal(error: unknown): error is SystemError {
  return isSystemError(error) && error.status < 500;
}

function isOutOfTokens(error: SystemError): boolean {
  return error instanceof InsufficientTokensError || error.code === 'ai_quota_exceeded';
}
