import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import {
  ConflictError,
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  ValidationError,
} from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { FeedChecker } from './checker';
import { newestOf, newsOf, oldestFirst } from './items';
import { FeedFault, nextLook } from './polling';
import type { FeedChannels } from './ports';
import { filledTemplate } from './post-text';
import type { FeedBody, FeedReader } from './reader';
import type { FeedRepository } from './repository';
import {
  type CheckAnswer,
  type CreateFeed,
  FEED_LIMITS,
  type FeedDoc,
  type FeedPreview,
  type FeedProblem,
  type FeedView,
  feedSchema,
  type UpdateFeed,
} from './schema';

export interface FeedServiceDeps {
  repository: FeedRepository;
  reader: Pick<FeedReader, 'discover'>;
  checker: Pick<FeedChecker, 'look'>;
  channels: FeedChannels;
  audit: AuditTrail;
  clock: Clock;
  ids: Ids;
  random: () => number;
}

const PREVIEW_ITEMS = 5;

const SENTENCES: Record<FeedProblem, string> = {
  unreachable: 'Nobody answers at this address. Check its spelling.',
  blocked: 'This address is not on the public internet. Enter a public address.',
  refused: 'The website refuses to show this address to us.',
  not_found: 'There is nothing at this address. Check its spelling.',
  gone: 'The website says that this feed is gone for good.',
  busy: 'The website asks for a pause. Try again later.',
  server_error: 'The website has a fault of its own. Try again later.',
  too_large: 'This is larger than the 2 MB a feed may have.',
  malformed: 'There is no feed at this address. Look for a link named RSS, Atom or Feed on the website.',
  internal: 'The feed could not be read. Try again later.',
};

/** Feeds: added, changed, looked at, deleted. */
export class FeedService {
  static getInstance(): FeedService {
    return singleton<FeedService>('FeedService');
  }

  constructor(readonly deps: FeedServiceDeps) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<FeedView>> {
    const page = await this.deps.repository.list(actor.organizationId, query);
    return { items: page.items.map(viewOf), cursor: page.cursor };
  }

  async get(actor: Actor, id: string): Promise<FeedView> {
    return viewOf(requireFeed(await this.deps.repository.get(actor.organizationId, id)));
  }

  /**
   * What the feed at an address would make; nothing is written.
   * @throws ValidationError at `body.url` when there is none.
   */
  async preview(request: { url: string; template: string }): Promise<FeedPreview> {
    const { feed, url } = await this.#discover(request.url);
    const newest = oldestFirst(feed.entries).slice(-PREVIEW_ITEMS).reverse();
    const items = newest.map((entry) => ({
      title: entry.title,
      link: entry.link,
      summary: entry.summary,
      author: entry.author,
      publishedAt: entry.publishedAt,
      text: filledTemplate(request.template, entry),
    }));
    return { url, title: feed.title, siteUrl: feed.siteUrl, items };
  }

  /**
   * Follows a feed from now on: what it shows today is only remembered.
   * @throws ValidationError at `body.url` when there is no feed, at `body.connectionIds` for a channel that is not there;
   * ForbiddenError for what the caller may not do, and so the feed may not do for them.
   */
  async create(actor: Actor, request: CreateFeed): Promise<FeedView> {
    const { repository, audit, ids } = this.deps;
    requireMay(actor, request);
    await this.#requireChannels(actor, request.connectionIds);
    if ((await repository.count(actor.organizationId)) >= FEED_LIMITS.perOrganization)
      throw new ConflictError(
        `An organisation has at most ${FEED_LIMITS.perOrganization} feeds. Delete one first.`,
      );
    const found = await this.#discover(request.url);
    const id = ids.next('feed');
    const feed = this.#newFeed(actor, request, found);
    await repository.run(async (tx) => {
      repository.createIn(tx, id, feed, newsOf(found.feed, []).keys ?? []);
      audit.append(tx, actor, { action: 'feed.created', target: target(id, feed), facts: factsOf(feed) });
    });
    return this.get(actor, id);
  }

  /**
   * For whoever made it, and for those who manage all content.
   * @throws ForbiddenError for what the caller may not do themselves.
   */
  async update(actor: Actor, id: string, change: UpdateFeed): Promise<FeedView> {
    const { repository, audit } = this.deps;
    if (change.connectionIds) await this.#requireChannels(actor, change.connectionIds);
    await repository.run(async (tx) => {
      const feed = await this.#ownIn(tx, actor, id);
      const { status, ...settings } = change;
      const given = Object.fromEntries(
        Object.entries(settings).filter(([, value]) => value !== undefined),
      ) as Partial<FeedDoc>;
      const patch = {
        ...given,
        ...this.#rhythm(feed, settings.intervalMinutes),
        ...(status && status !== feed.status ? this.#turned(actor, feed, status) : {}),
      };
      const next = { ...feed, ...patch };
      // Pausing alone is nobody's privilege.
      if (status !== 'paused' || Object.keys(given).length > 0) requireMay(actor, next);
      repository.changeIn(tx, id, patch);
      audit.append(tx, actor, { action: 'feed.changed', target: target(id, feed), facts: factsOf(next) });
    });
    return this.get(actor, id);
  }

  /** Posts it made stay. */
  async delete(actor: Actor, id: string): Promise<void> {
    const { repository, audit } = this.deps;
    await repository.run(async (tx) => {
      const feed = await this.#ownIn(tx, actor, id);
      const waiting = await repository.waitingIn(tx, id);
      repository.deleteIn(tx, id, waiting);
      audit.append(tx, actor, { action: 'feed.deleted', target: target(id, feed) });
    });
  }

  /**
   * Looks at it now.
   * @throws ConflictError while it is stopped, or somebody looks at it; RateLimitedError while its website asked for a pause.
   */
  async check(actor: Actor, id: string): Promise<CheckAnswer> {
    const { repository, checker, clock } = this.deps;
    const feed = requireFeed(await repository.get(actor.organizationId, id));
    if (feed.status !== 'active') throw new ConflictError('This feed is stopped. Resume it first.');
    const now = clock.now();
    if (feed.problem === 'busy' && feed.nextPollAt && feed.nextPollAt > now) {
      const seconds = Math.ceil((feed.nextPollAt.getTime() - now.getTime()) / 1_000);
      throw new RateLimitedError('The website of this feed asked for a pause. Try again later.', seconds);
    }
    const answer = await checker.look(id, () => true);
    if (!answer) throw new ConflictError('This feed is being looked at right now.');
    return answer;
  }

  #newFeed(actor: Actor, request: CreateFeed, found: FeedBody & { url: string }) {
    const { feed, url, etag, lastModified, bodyHash } = found;
    const now = this.deps.clock.now();
    const newest = newestOf(feed);
    return {
      ...request,
      organizationId: actor.organizationId,
      createdBy: actor.userId,
      createdByName: actor.displayName ?? '',
      url,
      title: feed.title,
      siteUrl: feed.siteUrl,
      status: 'active' as const,
      stopReason: null,
      problem: null,
      note: null,
      failures: 0,
      lastCheckedAt: now,
      nextPollAt: nextLook(now, request.intervalMinutes, this.deps.random),
      lastItem: newest && { title: newest.title, link: newest.link, foundAt: now },
      posts: 0,
      waiting: 0,
      etag,
      lastModified,
      bodyHash,
      leaseId: null,
      leaseUntil: null,
    };
  }

  /** A new interval counts from now on; the pause of a feed in trouble stays. */
  #rhythm(feed: FeedDoc, minutes: number | undefined): Partial<FeedDoc> {
    const changed = minutes !== undefined && minutes !== feed.intervalMinutes;
    if (!changed || feed.status !== 'active' || feed.failures > 0) return {};
    return { nextPollAt: nextLook(this.deps.clock.now(), minutes, this.deps.random) };
  }

  /** What pausing and resuming change. Who resumes a feed whose author may no longer post becomes its author. */
  #turned(actor: Actor, feed: FeedDoc, status: 'active' | 'paused'): Partial<FeedDoc> {
    if (status === 'paused') return { status, nextPollAt: null };
    const orphaned = feed.stopReason === 'author_gone' || feed.stopReason === 'author_permission';
    return {
      status,
      stopReason: null,
      problem: null,
      failures: 0,
      nextPollAt: this.deps.clock.now(),
      ...(orphaned ? { createdBy: actor.userId, createdByName: actor.displayName ?? '' } : {}),
    };
  }

  async #discover(url: string): Promise<FeedBody & { url: string }> {
    try {
      return await this.deps.reader.discover(url);
    } catch (error) {
      if (error instanceof FeedFault) throw ValidationError.at('body.url', SENTENCES[error.problem]);
      throw error;
    }
  }

  async #requireChannels(actor: Actor, connectionIds: readonly string[]): Promise<void> {
    const active = await this.deps.channels.active(actor.organizationId);
    connectionIds.forEach((id, index) => {
      if (!active.has(id))
        throw ValidationError.at(`body.connectionIds.${index}`, 'Your organisation has no such channel.');
      if (actor.channelIds.length > 0 && !actor.channelIds.includes(id))
        throw new ForbiddenError(
          'You may not post to this channel. Ask an admin of the organisation for access.',
        );
    });
  }

  async #ownIn(tx: Tx, actor: Actor, id: string): Promise<FeedDoc> {
    const feed = requireFeed(await this.deps.repository.getIn(tx, actor.organizationId, id));
    if (feed.createdBy === actor.userId || actor.permissions.has('content.manage')) return feed;
    throw new ForbiddenError('Only who added this feed, or an admin, can change it.');
  }
}

function requireFeed(feed: FeedDoc | null): FeedDoc {
  if (!feed) throw new NotFoundError('This feed');
  return feed;
}

/** A feed does in somebody's name only what they may do themselves. */
function requireMay(actor: Actor, { mode, writer }: Pick<FeedDoc, 'mode' | 'writer'>): void {
  if (mode !== 'draft' && !actor.permissions.has('content.publish'))
    throw new ForbiddenError('Your role may write drafts but not publish. Let the feed make drafts.');
  if (writer === 'ai' && !actor.permissions.has('ai.use'))
    throw new ForbiddenError('Your role does not include AI. Let the feed use a template.');
}

function target(id: string, { title }: Pick<FeedDoc, 'title'>) {
  return { type: 'feed', id, label: title };
}

function factsOf({ url, mode, writer, status }: Pick<FeedDoc, 'url' | 'mode' | 'writer' | 'status'>) {
  return { url: url.slice(0, 500), mode, writer, status };
}

const viewOf = (feed: FeedDoc): FeedView => feedSchema.parse(feed);
