import 'server-only';
import { expectShape, type PlatformHttp } from '@/features/platforms/providers/http';
import {
  type CreatorInfo,
  creatorInfo,
  type TikTokHosts,
  userInfo,
} from '@/features/platforms/providers/tiktok/api';
import type { AccountFacts } from '@/features/platforms/providers/types';

interface Call {
  token: string;
  owner: string;
  signal: AbortSignal;
}

/** Must be asked before each post: options change with the creator's own settings. */
export async function readCreator(http: PlatformHttp, hosts: TikTokHosts, call: Call): Promise<CreatorInfo> {
  const answer = await http.call(call.owner, {
    method: 'POST',
    url: `${hosts.api}/post/publish/creator_info/query/`,
    json: {},
    token: call.token,
    signal: call.signal,
    idempotent: true,
  });
  return expectShape('tiktok', creatorInfo, answer).data;
}

export async function readUser(http: PlatformHttp, hosts: TikTokHosts, call: Call) {
  const answer = await http.call(call.owner, {
    url: `${hosts.api}/user/info/?fields=open_id,follower_count`,
    token: call.token,
    signal: call.signal,
  });
  return expectShape('tiktok', userInfo, answer).data.user;
}

/** TikTok's word for each audience, widest first. */
export const AUDIENCES = {
  everyone: 'PUBLIC_TO_EVERYONE',
  followers: 'FOLLOWER_OF_CREATOR',
  friends: 'MUTUAL_FOLLOW_FRIENDS',
  self: 'SELF_ONLY',
} as const;
export type Audience = keyof typeof AUDIENCES;

/**
 * Who may see a post, widest first. Apps that TikTok has not audited may post to the creator alone.
 * @see https://developers.tiktok.com/doc/content-sharing-guidelines (2026-11-21)
 */
export function audiences(creator: CreatorInfo, audited: boolean): Audience[] {
  return (Object.keys(AUDIENCES) as Audience[]).filter(
    (one) => creator.privacy_level_options.includes(AUDIENCES[one]) && (audited || one === 'self'),
  );
}

export async function readAccount(
  http: PlatformHttp,
  hosts: TikTokHosts,
  call: Call & { now: Date; audited: boolean },
): Promise<AccountFacts> {
  const user = await readUser(http, hosts, call);
  const creator = await readCreator(http, hosts, call);
  const seconds = creator.max_video_post_duration_sec;
  return {
    accountId: user.open_id,
    handle: creator.creator_username,
    displayName: creator.creator_nickname,
    ...(creator.creator_avatar_url ? { avatarUrl: creator.creator_avatar_url } : {}),
    profileUrl: `https://www.tiktok.com/@${creator.creator_username}`,
    limits: {
      ...(seconds ? { videoSecondsMax: seconds } : {}),
      visibilities: audiences(creator, call.audited),
      readAt: call.now.toISOString(),
    },
  };
}
