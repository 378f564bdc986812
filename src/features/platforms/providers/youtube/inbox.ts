import 'server-only';
import { z } from 'zod';
import { authorized, expectShape, type PlatformHttp } from '@/features/platforms/providers/http';
import { incoming, lostAnswer, reachesBack, readPages } from '@/features/platforms/providers/inbox';
import { decodeEntities } from '@/features/platforms/providers/same-text';
import type {
  InboxItem,
  InboxReply,
  ProviderContext,
  PublishedRef,
} from '@/features/platforms/providers/types';
import {
  type Comment,
  comment,
  commentThread,
  type YouTubeHosts,
} from '@/features/platforms/providers/youtube/api';
import type { DailyQuota } from '@/features/platforms/providers/youtube/quota';

const PER_CALL = 100;
const PAGES_MAX = 10;
const COMMIT_TIMEOUT_MS = 30_000;
const threads = z.object({ items: z.array(commentThread).default([]), nextPageToken: z.string().optional() });
const comments = z.object({ items: z.array(comment).default([]), nextPageToken: z.string().optional() });
type Thread = z.infer<typeof commentThread>;

/**
 * Comments on all videos of the channel, and answers to them as far as YouTube sends them along. A look costs one unit of the
 * project's ten thousand a day, an answer fifty.
 * @see https://developers.google.com/youtube/v3/docs/commentThreads/list
 * @see https://developers.google.com/youtube/v3/docs/comments/insert (both checked 2026-11-21)
 */
export class YouTubeInbox {
  constructor(
    readonly http: PlatformHttp,
    readonly hosts: YouTubeHosts,
    readonly quota: DailyQuota,
  ) {}

  /** @throws PlatformError `quota` until midnight Pacific time when today's looks are used up. */
  async read(ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
    const found = await readPages<Thread>(
      async (pageToken) => {
        const { items, nextPageToken } = await this.#look(ctx, '/commentThreads', threads, {
          part: 'snippet,replies',
          allThreadsRelatedToChannelId: ctx.channel.accountId,
          order: 'time',
          maxResults: String(PER_CALL),
          textFormat: 'plainText',
          ...(pageToken ? { pageToken } : {}),
        });
        return { items, next: nextPageToken };
      },
      {
        pagesMax: PAGES_MAX,
        flood: 'youtube',
        enough: (items) => reachesBack(since, items.at(-1)?.snippet.topLevelComment.snippet.publishedAt),
      },
    );
    const items = found.flatMap(({ id, snippet, replies }) => [
      itemOf(snippet.videoId, snippet.topLevelComment),
      ...(replies?.comments ?? []).map((one) => itemOf(snippet.videoId, one, id)),
    ]);
    return incoming(items, since, ({ id }) => id === ctx.channel.accountId);
  }

  /** A commit: sent once. */
  async reply(ctx: ProviderContext, { item, text }: InboxReply): Promise<PublishedRef> {
    const { accessToken } = await ctx.credentials();
    const answer = await this.http.call(ctx.channel.connectionId, {
      method: 'POST',
      url: `${this.hosts.api}/comments?part=snippet`,
      json: { snippet: { parentId: threadOf(item), textOriginal: text } },
      token: accessToken,
      signal: ctx.signal,
      timeoutMs: COMMIT_TIMEOUT_MS,
      deadline: ctx.deadline,
      commit: true,
    });
    return refOf(item.postId, expectShape('youtube', comment, answer).id);
  }

  async find(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef | null> {
    const items = await readPages<Comment>(
      async (pageToken) => {
        const { items: found, nextPageToken } = await this.#look(ctx, '/comments', comments, {
          part: 'snippet',
          parentId: threadOf(reply.item),
          maxResults: String(PER_CALL),
          textFormat: 'plainText',
          ...(pageToken ? { pageToken } : {}),
        });
        return { items: found, next: nextPageToken };
      },
      { pagesMax: PAGES_MAX },
    );
    const own = items.filter(({ snippet }) => snippet.authorChannelId?.value === ctx.channel.accountId);
    return lostAnswer(
      reply,
      reply.text,
      own.map((one) => ({
        text: textOf(one),
        createdAt: new Date(one.snippet.publishedAt ?? 0),
        ref: refOf(reply.item.postId, one.id),
      })),
    );
  }

  async #look<T extends z.ZodType>(
    ctx: ProviderContext,
    path: string,
    shape: T,
    query: Record<string, string>,
  ): Promise<z.output<T>> {
    await this.quota.require();
    const url = `${this.hosts.api}${path}?${new URLSearchParams(query)}`;
    const answer = await authorized(ctx, (credentials) =>
      this.http.call(ctx.channel.connectionId, { url, token: credentials.accessToken, signal: ctx.signal }),
    );
    await this.quota.count();
    return expectShape<z.output<T>>('youtube', shape, answer);
  }
}

function itemOf(videoId: string | undefined, one: Comment, threadId?: string): InboxItem {
  const { authorChannelId, authorDisplayName = '', authorProfileImageUrl, publishedAt } = one.snippet;
  const { permalink } = refOf(videoId, one.id);
  return {
    id: one.id,
    kind: 'comment',
    ...(videoId ? { postId: videoId } : {}),
    author: {
      id: authorChannelId?.value ?? '',
      handle: authorDisplayName.replace(/^@/, ''),
      displayName: authorDisplayName || 'Somebody',
      ...(authorProfileImageUrl ? { avatarUrl: authorProfileImageUrl } : {}),
    },
    text: textOf(one),
    createdAt: new Date(publishedAt ?? 0),
    ...(permalink ? { permalink } : {}),
    ...(threadId ? { extra: { threadId } } : {}),
  };
}

/** Answers stand below the comment at the top, never below another answer. */
function threadOf({ id, extra }: InboxReply['item']): string {
  return extra?.threadId ?? id;
}

function textOf({ snippet }: Comment): string {
  return snippet.textOriginal ?? decodeEntities(snippet.textDisplay ?? '');
}

function refOf(videoId: string | undefined, id: string): PublishedRef {
  if (!videoId) return { id };
  return { id, permalink: `https://www.youtube.com/watch?v=${videoId}&lc=${encodeURIComponent(id)}` };
}
