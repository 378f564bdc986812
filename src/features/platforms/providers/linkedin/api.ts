import 'server-only';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  API_VERSION_EXPIRED,
  authorized,
  type Classification,
  type Classify,
  expectShape,
  type PlatformAnswer,
  type PlatformCall,
  PlatformHttp,
  refused,
} from '@/features/platforms/providers/http';
import type { AccountFacts, ProviderContext } from '@/features/platforms/providers/types';

/** Hosts of LinkedIn, each with its override. The addresses of uploads come from its answers. */
function linkedInHosts(
  env: Pick<Env, 'LINKEDIN_API_BASE_URL' | 'LINKEDIN_AUTH_BASE_URL' | 'LINKEDIN_UPLOAD_BASE_URL'>,
) {
  return {
    api: env.LINKEDIN_API_BASE_URL ?? 'https://api.linkedin.com',
    auth: env.LINKEDIN_AUTH_BASE_URL ?? 'https://www.linkedin.com',
    upload: env.LINKEDIN_UPLOAD_BASE_URL,
  };
}

const apiError = z.object({
  message: z.string().optional(),
  code: z.string().optional(),
  serviceErrorCode: z.number().optional(),
  /** Of the token endpoint. */
  error: z.string().optional(),
  error_description: z.string().optional(),
});

/** Posts may go out again once the operator has set a newer version. */
const VERSION_WAIT_MS = 15 * 60_000;

/** @see https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling (checked 2026-11-21) */
export const classifyLinkedIn: Classify = ({ status, body }, now) => {
  const said = apiError.safeParse(body).data ?? {};
  const detail = said.error_description ?? said.message;
  const vendorCode =
    said.error ?? said.code ?? (said.serviceErrorCode ? String(said.serviceErrorCode) : undefined);
  const facts = { ...(detail ? { detail } : {}), ...(vendorCode ? { vendorCode } : {}) };
  if (status === 426) {
    // "Version header is deprecated": only the operator can help, by LINKEDIN_API_VERSION.
    return {
      ...facts,
      kind: 'unavailable',
      retryable: true,
      retryAfterMs: VERSION_WAIT_MS,
      scope: 'app',
      vendorCode: API_VERSION_EXPIRED,
    };
  }
  if (status === 429) return { ...facts, ...limitOf(detail ?? '', now) };
  if (status === 403) return { ...facts, vendorCode: 'permission' };
  if (status === 422 || status === 409)
    return /duplicate/i.test(`${detail} ${vendorCode}`) ? { ...facts, vendorCode: 'duplicate' } : facts;
  return facts;
};

/**
 * "Resource level throttle APPLICATION DAY limit for calls to this resource is reached": days end at midnight UTC.
 * @see https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/rate-limits (checked 2026-11-21)
 */
function limitOf(detail: string, now: Date): Classification {
  const scope = /APPLICATION/.test(detail) ? 'app' : 'account';
  if (!/\bDAY\b/.test(detail)) return { scope };
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  return { scope, retryAfterMs: midnight - now.getTime() };
}

/** Calls to LinkedIn's versioned API. */
export class LinkedInApi {
  readonly http: PlatformHttp;
  readonly hosts: ReturnType<typeof linkedInHosts>;

  constructor(readonly deps: PlatformDependencies) {
    this.http = new PlatformHttp('linkedin', deps, classifyLinkedIn);
    this.hosts = linkedInHosts(deps.env);
  }

  /** `path` starts with `/rest/` or `/v2/`. */
  call(
    owner: string,
    { path, ...call }: Omit<PlatformCall, 'url'> & { path: string; token: string },
  ): Promise<PlatformAnswer> {
    return this.http.call(owner, {
      ...call,
      url: `${this.hosts.api}${path}`,
      headers: {
        'linkedin-version': this.deps.env.LINKEDIN_API_VERSION,
        'x-restli-protocol-version': '2.0.0',
        ...call.headers,
      },
    });
  }

  /** A call that may be repeated, with the token renewed once where it is refused. */
  authorized(
    ctx: ProviderContext,
    path: string,
    call: Omit<PlatformCall, 'url'> = {},
  ): Promise<PlatformAnswer> {
    return authorized(ctx, (credentials) =>
      this.call(ctx.channel.connectionId, {
        signal: ctx.signal,
        ...call,
        path,
        token: credentials.accessToken,
      }),
    );
  }

  /** The token goes to this address, so it must be LinkedIn's; the operator's override replaces its host. */
  uploadUrl(given: string): string {
    const url = new URL(given);
    if (this.hosts.upload) return `${this.hosts.upload}${url.pathname}${url.search}`;
    if (url.protocol !== 'https:' || !/(^|\.)linkedin\.com$/.test(url.hostname))
      throw refused('linkedin', 'LinkedIn named an upload address that is not its own.', {
        vendorCode: 'foreign_upload_address',
      });
    return url.href;
  }
}

export function isOrganization(accountId: string): boolean {
  return accountId.startsWith('urn:li:organization:');
}

/** Rest.li wants names of things encoded within a path or a list, but not the list's own brackets. */
export function encoded(urn: string): string {
  return encodeURIComponent(urn).replaceAll('(', '%28').replaceAll(')', '%29');
}

const member = z.object({ sub: z.string().min(1), name: z.string().min(1), picture: z.url().optional() });
const organization = z.object({
  id: z.union([z.number(), z.string()]).transform(String).optional(),
  localizedName: z.string().min(1),
  vanityName: z.string().optional(),
});
export const organizationResults = z.object({ results: z.record(z.string(), organization).default({}) });

type Read = (path: string) => Promise<PlatformAnswer>;

/** The person. LinkedIn tells neither handle nor address of a profile to this kind of app. */
export async function readMember(read: Read, now: Date): Promise<AccountFacts> {
  const seen = expectShape('linkedin', member, await read('/v2/userinfo'));
  return {
    accountId: `urn:li:person:${seen.sub}`,
    handle: seen.name,
    displayName: seen.name,
    ...(seen.picture ? { avatarUrl: seen.picture } : {}),
    limits: { readAt: now.toISOString() },
  };
}

export async function readOrganization(read: Read, urn: string, now: Date): Promise<AccountFacts> {
  const id = urn.split(':').at(-1) ?? '';
  const seen = expectShape('linkedin', organization, await read(`/rest/organizations/${id}`));
  return organizationFacts(urn, seen, now);
}

export function organizationFacts(urn: string, seen: z.infer<typeof organization>, now: Date): AccountFacts {
  const id = urn.split(':').at(-1) ?? '';
  return {
    accountId: urn,
    handle: seen.vanityName ?? seen.localizedName,
    displayName: seen.localizedName,
    profileUrl: `https://www.linkedin.com/company/${seen.vanityName ?? id}/`,
    limits: { readAt: now.toISOString() },
  };
}
