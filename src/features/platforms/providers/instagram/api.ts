import 'server-only';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { expectShape, PlatformHttp } from '@/features/platforms/providers/http';
import { classifyGraph } from '@/features/platforms/providers/meta/graph';
import { capOf, quota } from '@/features/platforms/providers/meta/quota';
import type { AccountFacts } from '@/features/platforms/providers/types';

/**
 * Hosts of the Instagram API with Instagram Login. The consent page and the code exchange live on two hosts, which share one
 * override. Files are pulled from us, so there is no upload host.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login (checked 2026-11-21)
 */
export function instagramHosts(
  env: Pick<Env, 'INSTAGRAM_API_BASE_URL' | 'INSTAGRAM_AUTH_BASE_URL' | 'INSTAGRAM_API_VERSION'>,
) {
  const host = env.INSTAGRAM_API_BASE_URL ?? 'https://graph.instagram.com';
  return {
    /** Token calls carry no version. */
    host,
    api: `${host}/${env.INSTAGRAM_API_VERSION}`,
    consent: env.INSTAGRAM_AUTH_BASE_URL ?? 'https://www.instagram.com',
    exchange: env.INSTAGRAM_AUTH_BASE_URL ?? 'https://api.instagram.com',
  };
}
export type InstagramHosts = ReturnType<typeof instagramHosts>;

/** How Instagram is reached; what one's own token may see. */
export interface InstagramReach {
  http: PlatformHttp;
  /** `https://graph.instagram.com/v24.0`. */
  api: string;
}

export function instagramHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('instagram', deps, classifyGraph);
}

export const instagramProfile = z.object({
  /** Id of the professional account, which publishing calls name. */
  user_id: z.union([z.string(), z.number()]).transform(String),
  username: z.string().min(1),
  name: z.string().optional(),
  profile_picture_url: z.url().optional(),
  followers_count: z.number().optional(),
});

const publishingLimit = z.object({
  data: z.array(z.object({ quota_usage: z.number().optional(), config: quota.optional() })).default([]),
});

/** Who the token belongs to, and what is left of today's posts. */
export async function readAccount(
  http: PlatformHttp,
  hosts: InstagramHosts,
  call: { token: string; owner: string; now: Date; signal: AbortSignal },
): Promise<AccountFacts> {
  const { token, signal } = call;
  const me = await http.call(call.owner, {
    url: `${hosts.api}/me?fields=user_id,username,name,profile_picture_url`,
    token,
    signal,
  });
  const account = expectShape('instagram', instagramProfile, me);
  // @see https://developers.facebook.com/docs/instagram-platform/content-publishing/#rate-limit (checked 2026-11-21)
  const limit = await http.call(call.owner, {
    url: `${hosts.api}/${account.user_id}/content_publishing_limit?fields=quota_usage,config`,
    token,
    signal,
  });
  const [seen] = expectShape('instagram', publishingLimit, limit).data;
  return {
    accountId: account.user_id,
    handle: account.username,
    displayName: account.name?.trim() || account.username,
    ...(account.profile_picture_url ? { avatarUrl: account.profile_picture_url } : {}),
    profileUrl: `https://www.instagram.com/${account.username}/`,
    limits: {
      caps: capOf('posts_day', seen?.quota_usage, seen?.config, call.now),
      readAt: call.now.toISOString(),
    },
  };
}
