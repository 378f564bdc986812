import 'server-only';
import { z } from 'zod';
import type { FreshCredentials } from '@/features/platforms/providers/adapter';
import {
  expectShape,
  isExternal,
  type PlatformAnswer,
  type PlatformError,
  refused,
} from '@/features/platforms/providers/http';
import type { PlatformId } from '@/features/platforms/schema';

const tokenResponse = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  /** Seconds. */
  expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
});

/** Reads an OAuth token answer (RFC 6749 §5.1). `scope` may be absent when it equals what was asked for. */
export function tokensFrom(
  platform: PlatformId,
  answer: PlatformAnswer,
  now: Date,
  known: { scopes: readonly string[]; refreshToken?: string; extra?: Readonly<Record<string, string>> },
): FreshCredentials {
  const tokens = expectShape(platform, tokenResponse, answer);
  const refreshToken = tokens.refresh_token ?? known.refreshToken;
  return {
    accessToken: tokens.access_token,
    ...(refreshToken ? { refreshToken } : {}),
    ...(tokens.expires_in ? { expiresAt: new Date(now.getTime() + tokens.expires_in * 1000) } : {}),
    scopes: tokens.scope ? tokens.scope.split(/[\s,]+/).filter(Boolean) : known.scopes,
    extra: known.extra ?? {},
  };
}

/** Refuses a grant that lacks what publishing needs: better at once than at the first post. */
export function requireScopes(
  platform: PlatformId,
  granted: readonly string[],
  required: readonly string[],
): void {
  const missing = required.filter((scope) => !granted.includes(scope));
  if (missing.length > 0) {
    throw refused(
      platform,
      `The permission was not given: ${missing.join(', ')}. Connect again and allow all of it.`,
      {
        vendorCode: 'missing_scope',
      },
    );
  }
}

/**
 * The failure of a token call, told apart as RFC 6749 §5.2 does: only a refused grant is `auth_expired`; a wrong client is the
 * operator's to mend and must not disconnect anybody.
 */
export function tokenFailure(
  platform: PlatformId,
  error: unknown,
  grantRefused: (code: string) => boolean,
): unknown {
  if (!isExternal(error) || error.outcome !== 'rejected' || error.kind === 'rate_limit') return error;
  const code = (error as PlatformError).vendorCode ?? '';
  if (grantRefused(code)) {
    return refused(platform, 'The network no longer accepts this connection.', {
      kind: 'auth_expired',
      vendorCode: code,
    });
  }
  return refused(platform, error.message, { vendorCode: code || 'token_call_refused' });
}
