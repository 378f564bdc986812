import 'server-only';
import { expectShape, type PlatformHttp, refused } from '@/features/platforms/providers/http';
import type { AccountFacts } from '@/features/platforms/providers/types';
import { channelList, type YouTubeHosts } from '@/features/platforms/providers/youtube/api';

/** Longest video of a channel that has not been verified. @see https://support.google.com/youtube/answer/71673 (2026-11-21) */
const UNVERIFIED_SECONDS = 15 * 60;

/** The channel that the token belongs to, and how long its videos may be. */
export async function readChannel(
  http: PlatformHttp,
  hosts: YouTubeHosts,
  call: { token: string; owner: string; now: Date; signal: AbortSignal },
): Promise<AccountFacts> {
  const answer = await http.call(call.owner, {
    url: `${hosts.api}/channels?part=snippet,status&mine=true`,
    token: call.token,
    signal: call.signal,
  });
  const channel = expectShape('youtube', channelList, answer).items[0];
  if (!channel?.snippet) {
    throw refused('youtube', 'This Google account has no YouTube channel. Create one, then connect again.', {
      vendorCode: 'no_channel',
    });
  }
  const { title, customUrl, thumbnails } = channel.snippet;
  const longVideos = channel.status?.longUploadsStatus === 'allowed';
  return {
    accountId: channel.id,
    handle: customUrl?.replace(/^@/, '') ?? title,
    displayName: title,
    ...(thumbnails?.default ? { avatarUrl: thumbnails.default.url } : {}),
    profileUrl: `https://www.youtube.com/channel/${channel.id}`,
    limits: {
      ...(longVideos ? {} : { videoSecondsMax: UNVERIFIED_SECONDS }),
      readAt: call.now.toISOString(),
    },
  };
}
