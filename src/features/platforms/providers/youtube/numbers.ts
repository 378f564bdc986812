import 'server-only';
import { z } from 'zod';
import type { Clock } from '@/core/time/clock';
import {
  authorized,
  expectShape,
  isExternal,
  type PlatformHttp,
  refused,
} from '@/features/platforms/providers/http';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import type { ProviderContext } from '@/features/platforms/providers/types';
import { channelList, videoList, type YouTubeHosts } from '@/features/platforms/providers/youtube/api';
import type { Metrics } from '@/features/platforms/schema';

const report = z.object({ rows: z.array(z.array(z.union([z.string(), z.number()]))).optional() });
/** Before the first video on YouTube: all of a video's life. */
const BEGINNING = '2005-02-14';

/** Counts of videos and channels: live ones from the Data API, watch time and shares from the Analytics API. */
export class YouTubeNumbers {
  constructor(
    readonly http: PlatformHttp,
    readonly hosts: YouTubeHosts,
    readonly clock: Clock,
  ) {}

  async ofVideo(ctx: ProviderContext, videoId: string): Promise<Metrics> {
    const answer = await this.#get(
      ctx,
      `${this.hosts.api}/videos?part=statistics&id=${encodeURIComponent(videoId)}`,
    );
    const seen = expectShape('youtube', videoList, answer).items[0]?.statistics;
    if (!seen) throw refused('youtube', 'This video is no longer there.', { vendorCode: 'videoNotFound' });
    return {
      ...NO_METRICS,
      views: seen.viewCount ?? null,
      likes: seen.likeCount ?? null,
      comments: seen.commentCount ?? null,
      ...(await this.#watched(ctx, videoId)),
    };
  }

  async ofChannel(ctx: ProviderContext): Promise<Metrics> {
    const answer = await this.#get(ctx, `${this.hosts.api}/channels?part=statistics&mine=true`);
    const seen = expectShape('youtube', channelList, answer).items[0]?.statistics;
    const followers = seen?.hiddenSubscriberCount ? null : (seen?.subscriberCount ?? null);
    return { ...NO_METRICS, followers };
  }

  /** @see https://developers.google.com/youtube/analytics/reference/reports/query (2026-11-21) */
  async #watched(
    ctx: ProviderContext,
    videoId: string,
  ): Promise<Pick<Metrics, 'shares' | 'watchTimeSeconds'>> {
    const url = new URL(this.hosts.analytics);
    url.search = new URLSearchParams({
      ids: 'channel==MINE',
      startDate: BEGINNING,
      endDate: this.clock.now().toISOString().slice(0, 10),
      metrics: 'estimatedMinutesWatched,shares',
      filters: `video==${videoId}`,
    }).toString();
    try {
      const row = expectShape('youtube', report, await this.#get(ctx, url)).rows?.[0];
      const [minutes, shares] = row?.map(Number) ?? [];
      return { watchTimeSeconds: minutes === undefined ? null : minutes * 60, shares: shares ?? null };
    } catch (error) {
      // This part may be missing by right: the permission is optional, the API may be off. The rest still counts.
      if (isExternal(error, 'invalid_request')) return { watchTimeSeconds: null, shares: null };
      throw error;
    }
  }

  #get(ctx: ProviderContext, url: string | URL) {
    return authorized(ctx, (credentials) =>
      this.http.call(ctx.channel.connectionId, { url, token: credentials.accessToken, signal: ctx.signal }),
    );
  }
}
