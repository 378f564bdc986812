import 'server-only';
import { z } from 'zod';
import { authorized, expectShape, type PlatformHttp, refused } from '@/features/platforms/providers/http';
import { decodeEntities, sameText } from '@/features/platforms/providers/same-text';
import type {
  ProviderContext,
  PublishedRef,
  ReconcileContext,
  ReconcileResult,
  StepContext,
} from '@/features/platforms/providers/types';
import { commentThread, type YouTubeHosts } from '@/features/platforms/providers/youtube/api';

const COMMIT_TIMEOUT_MS = 30_000;
const CLOCK_SLACK_MS = 60_000;
const threadList = z.object({ items: z.array(commentThread).default([]) });

/** Comments below one's own videos. @see https://developers.google.com/youtube/v3/docs/commentThreads (2026-11-21) */
export class YouTubeComments {
  constructor(
    readonly http: PlatformHttp,
    readonly hosts: YouTubeHosts,
  ) {}

  /** A commit: sent once. */
  async write(ctx: StepContext): Promise<PublishedRef> {
    const videoId = rootOf(ctx);
    const { accessToken } = await ctx.credentials();
    const answer = await this.http.call(ctx.channel.connectionId, {
      method: 'POST',
      url: `${this.hosts.api}/commentThreads?part=snippet`,
      json: {
        snippet: { videoId, topLevelComment: { snippet: { textOriginal: ctx.content.text } } },
      },
      token: accessToken,
      signal: ctx.signal,
      timeoutMs: COMMIT_TIMEOUT_MS,
      deadline: ctx.deadline,
      commit: true,
    });
    const { id } = expectShape('youtube', commentThread, answer).snippet.topLevelComment;
    return refOf(videoId, id);
  }

  /** Newest comments of the video, compared by author and text. `absent` means: not seen yet. */
  async find(ctx: ReconcileContext): Promise<ReconcileResult> {
    const videoId = rootOf(ctx);
    const since = ctx.sentAt.getTime() - CLOCK_SLACK_MS;
    const url = new URL(`${this.hosts.api}/commentThreads`);
    url.search = new URLSearchParams({
      part: 'snippet',
      videoId,
      order: 'time',
      maxResults: '50',
      textFormat: 'plainText',
    }).toString();
    const answer = await authorized(ctx, (credentials) =>
      this.http.call(ctx.channel.connectionId, { url, token: credentials.accessToken, signal: ctx.signal }),
    );
    const match = expectShape('youtube', threadList, answer)
      .items.map((item) => item.snippet.topLevelComment)
      .find(
        ({ snippet }) =>
          snippet.authorChannelId?.value === ctx.channel.accountId &&
          Date.parse(snippet.publishedAt ?? '') >= since &&
          sameText(ctx.content.text, decodeEntities(snippet.textOriginal ?? snippet.textDisplay ?? '')),
      );
    return match ? { status: 'found', ref: refOf(videoId, match.id) } : { status: 'absent' };
  }

  async rewrite(ctx: ProviderContext, ref: PublishedRef, text: string): Promise<PublishedRef> {
    await authorized(ctx, (credentials) =>
      this.http.call(ctx.channel.connectionId, {
        method: 'PUT',
        url: `${this.hosts.api}/comments?part=snippet`,
        json: { id: ref.id, snippet: { textOriginal: text } },
        token: credentials.accessToken,
        signal: ctx.signal,
        idempotent: true,
      }),
    );
    return ref;
  }
}

function rootOf(ctx: StepContext): string {
  if (ctx.root) return ctx.root.id;
  throw refused('youtube', 'The video to comment on is not known.', { outcome: 'not_sent' });
}

function refOf(videoId: string, id: string): PublishedRef {
  return {
    id,
    permalink: `https://www.youtube.com/watch?v=${videoId}&lc=${encodeURIComponent(id)}`,
    extra: { kind: 'comment' },
  };
}
