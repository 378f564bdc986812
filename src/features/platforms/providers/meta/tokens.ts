import 'server-only';
import { z } from 'zod';
import type { FreshCredentials } from '@/features/platforms/providers/adapter';
import { expectShape, isExternal, type PlatformHttp, refused } from '@/features/platforms/providers/http';

const DAY_MS = 86_400_000;
/** A long-lived token can be renewed only once it is this old. */
const YOUNGEST_MS = DAY_MS;
/** Stands in where an answer does not tell. */
const LIFE_SECONDS = 60 * 86_400;

const issued = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().optional() });

/** Which of Meta's two equal token services is asked. */
export interface TokenService {
  http: PlatformHttp;
  api: string;
  /** `ig` or `th`: the prefix of its grant types. */
  prefix: 'ig' | 'th';
  now: () => Date;
}

/**
 * Exchanges a short-lived token for one of 60 days.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login#step-3--get-a-long-lived-access-token
 * @see https://developers.facebook.com/docs/threads/get-started/long-lived-tokens (both checked 2026-11-21)
 */
export async function longLived(
  service: TokenService,
  call: { token: string; clientSecret: string; scopes: readonly string[]; signal: AbortSignal },
): Promise<FreshCredentials> {
  const { http, api, prefix } = service;
  const answer = await http.call('token', {
    url: `${api}/access_token?${new URLSearchParams({
      grant_type: `${prefix}_exchange_token`,
      client_secret: call.clientSecret,
      access_token: call.token,
    })}`,
    signal: call.signal,
    idempotent: false,
  });
  return fresh(service, expectShape(http.platform, issued, answer), call.scopes);
}

/**
 * Renews a token by itself. A young one cannot be renewed yet and stays as it is while the network still takes it.
 * @throws PlatformError `auth_expired` when it has ended or was withdrawn.
 */
export async function renewed(
  service: TokenService,
  current: { credentials: FreshCredentials; stillValid: () => Promise<boolean>; signal: AbortSignal },
): Promise<FreshCredentials> {
  const { http, api, prefix, now } = service;
  const { credentials } = current;
  const age = now().getTime() - Date.parse(credentials.extra.issuedAt ?? '');
  if (age < YOUNGEST_MS) {
    if (await current.stillValid()) return credentials;
    throw refused(http.platform, 'The network no longer accepts this connection.', { kind: 'auth_expired' });
  }
  try {
    const answer = await http.call('token', {
      url: `${api}/refresh_access_token?${new URLSearchParams({
        grant_type: `${prefix}_refresh_token`,
        access_token: credentials.accessToken,
      })}`,
      signal: current.signal,
      // Repeating is for whoever holds the lock to decide.
      idempotent: false,
    });
    return fresh(service, expectShape(http.platform, issued, answer), credentials.scopes);
  } catch (error) {
    if (!isExternal(error, 'auth_expired')) throw error;
    throw refused(http.platform, 'The network no longer accepts this connection.', {
      kind: 'auth_expired',
      ...(error.vendorCode ? { vendorCode: error.vendorCode } : {}),
    });
  }
}

/** The token is its own renewal; once it has ended, only a person can help. */
function fresh(
  { now }: TokenService,
  tokens: z.infer<typeof issued>,
  scopes: readonly string[],
): FreshCredentials {
  const issuedAt = now();
  const expiresAt = new Date(issuedAt.getTime() + (tokens.expires_in ?? LIFE_SECONDS) * 1000);
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.access_token,
    expiresAt,
    grantExpiresAt: expiresAt,
    scopes,
    extra: { issuedAt: issuedAt.toISOString() },
  };
}
