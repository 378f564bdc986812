import 'server-only';
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  authorized,
  expectShape,
  type PlatformAnswer,
  type PlatformCall,
  PlatformHttp,
} from '@/features/platforms/providers/http';
import { classifyGraph } from '@/features/platforms/providers/meta/graph';
import type { AccountFacts, ProviderContext } from '@/features/platforms/providers/types';

/**
 * Hosts of Facebook, each with its override. Videos and reels have an upload host each, which share one override.
 * @see https://developers.facebook.com/docs/video-api/guides (checked 2026-11-21)
 */
export function facebookHosts(
  env: Pick<
    Env,
    'FACEBOOK_API_BASE_URL' | 'FACEBOOK_AUTH_BASE_URL' | 'FACEBOOK_UPLOAD_BASE_URL' | 'FACEBOOK_API_VERSION'
  >,
) {
  const version = env.FACEBOOK_API_VERSION;
  return {
    api: `${env.FACEBOOK_API_BASE_URL ?? 'https://graph.facebook.com'}/${version}`,
    auth: `${env.FACEBOOK_AUTH_BASE_URL ?? 'https://www.facebook.com'}/${version}`,
    videos: `${env.FACEBOOK_UPLOAD_BASE_URL ?? 'https://graph-video.facebook.com'}/${version}`,
    reels: env.FACEBOOK_UPLOAD_BASE_URL ?? 'https://rupload.facebook.com',
    version,
  };
}
export type FacebookHosts = ReturnType<typeof facebookHosts>;

/** Proves that a call comes from our server. @see https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof */
function appSecretProof(accessToken: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex');
}

/** Calls to the Graph API: each with its proof of the app's secret. */
export class FacebookApi {
  readonly http: PlatformHttp;
  readonly hosts: FacebookHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.http = new PlatformHttp('facebook', deps, classifyGraph);
    this.hosts = facebookHosts(deps.env);
  }

  call(owner: string, call: PlatformCall & { token: string }): Promise<PlatformAnswer> {
    const url = new URL(call.url);
    const { FACEBOOK_APP_SECRET: secret } = this.deps.env;
    if (secret) url.searchParams.set('appsecret_proof', appSecretProof(call.token, secret));
    return this.http.call(owner, { ...call, url });
  }

  /** A call that may be repeated, with the token renewed once where it is refused. `path` is below the versioned API. */
  authorized(
    ctx: ProviderContext,
    path: string,
    call: Omit<PlatformCall, 'url'> = {},
  ): Promise<PlatformAnswer> {
    return authorized(ctx, (credentials) =>
      this.call(ctx.channel.connectionId, {
        signal: ctx.signal,
        ...call,
        url: `${this.hosts.api}/${path}`,
        token: credentials.accessToken,
      }),
    );
  }
}

export const PAGE_FIELDS = 'id,name,username,link,picture{url},followers_count';
export const page = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  username: z.string().optional(),
  link: z.url().optional(),
  picture: z.object({ data: z.object({ url: z.url().optional() }) }).optional(),
  followers_count: z.number().optional(),
});

export function accountOf(found: z.infer<typeof page>, now: Date): AccountFacts {
  const avatarUrl = found.picture?.data.url;
  return {
    accountId: found.id,
    handle: found.username ?? found.name,
    displayName: found.name,
    ...(avatarUrl ? { avatarUrl } : {}),
    profileUrl: found.link ?? `https://www.facebook.com/${found.id}`,
    limits: { readAt: now.toISOString() },
  };
}

export async function readPage(api: FacebookApi, ctx: ProviderContext): Promise<z.infer<typeof page>> {
  const answer = await api.authorized(ctx, `${ctx.channel.accountId}?fields=${PAGE_FIELDS}`);
  return expectShape('facebook', page, answer);
}
