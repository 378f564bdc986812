import 'server-only';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { expectShape, PlatformHttp } from '@/features/platforms/providers/http';
import { classifyGraph } from '@/features/platforms/providers/meta/graph';
import { capOf, quota } from '@/features/platforms/providers/meta/quota';
import type { AccountFacts } from '@/features/platforms/providers/types';
import type { LiveLimits } from '@/features/platforms/schema';

/**
 * Hosts of Threads, each with its override. Files are pulled from us, so there is no upload host.
 * @see https://developers.facebook.com/docs/threads/overview (checked 2026-11-21)
 */
export function threadsHosts(
  env: Pick<Env, 'THREADS_API_BASE_URL' | 'THREADS_AUTH_BASE_URL' | 'THREADS_API_VERSION'>,
) {
  const host = env.THREADS_API_BASE_URL ?? 'https://graph.threads.net';
  return {
    /** Token calls carry no version. */
    host,
    api: `${host}/${env.THREADS_API_VERSION}`,
    auth: env.THREADS_AUTH_BASE_URL ?? 'https://threads.net',
  };
}
export type ThreadsHosts = ReturnType<typeof threadsHosts>;

export function threadsHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('threads', deps, classifyGraph);
}

const profile = z.object({
  id: z.string().min(1),
  username: z.string().min(1),
  name: z.string().optional(),
  threads_profile_picture_url: z.url().optional(),
});

const publishingLimit = z.object({
  data: z
    .array(
      z.object({
        quota_usage: z.number().optional(),
        config: quota.optional(),
        reply_quota_usage: z.number().optional(),
        reply_config: quota.optional(),
      }),
    )
    .default([]),
});

export interface ThreadsCall {
  token: string;
  owner: string;
  now: Date;
  signal: AbortSignal;
}

/** Who the token belongs to, and what is left of today's posts and replies. */
export async function readAccount(
  http: PlatformHttp,
  hosts: ThreadsHosts,
  call: ThreadsCall,
): Promise<AccountFacts> {
  const answer = await http.call(call.owner, {
    url: `${hosts.api}/me?fields=id,username,name,threads_profile_picture_url`,
    token: call.token,
    signal: call.signal,
  });
  const account = expectShape('threads', profile, answer);
  return {
    accountId: account.id,
    handle: account.username,
    displayName: account.name?.trim() || account.username,
    ...(account.threads_profile_picture_url ? { avatarUrl: account.threads_profile_picture_url } : {}),
    profileUrl: `https://www.threads.net/@${account.username}`,
    limits: await readLimits(http, hosts, { ...call, accountId: account.id }),
  };
}

/** @see https://developers.facebook.com/docs/threads/troubleshooting#retrieve-publishing-quota-limit (checked 2026-11-21) */
async function readLimits(
  http: PlatformHttp,
  hosts: ThreadsHosts,
  call: ThreadsCall & { accountId: string },
): Promise<LiveLimits> {
  const answer = await http.call(call.owner, {
    url: `${hosts.api}/${call.accountId}/threads_publishing_limit?fields=quota_usage,config,reply_quota_usage,reply_config`,
    token: call.token,
    signal: call.signal,
  });
  const [seen] = expectShape('threads', publishingLimit, answer).data;
  return {
    caps: [
      ...capOf('posts_day', seen?.quota_usage, seen?.config, call.now),
      ...capOf('replies_day', seen?.reply_quota_usage, seen?.reply_config, call.now),
    ],
    readAt: call.now.toISOString(),
  };
}
