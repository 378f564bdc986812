import { pkceChallenge } from '@/core/crypto/pkce';
import { ServiceUnavailableError } from '@/core/errors';
import type { OAuth2Secret } from '../credentials/schema';
import type { AuthorizationRequest, CodeExchange } from './types';

/** What vendors that sign people in by OAuth 2 ask for alike. */

/** This installation's own app at a vendor. */
export interface VendorApp {
  clientId: string;
  clientSecret: string;
}

/** @throws ServiceUnavailableError `integration_not_configured` where there is none. */
export function appOf(
  clientId: string | undefined,
  clientSecret: string | undefined,
  setupHint: string,
): VendorApp {
  if (clientId && clientSecret) return { clientId, clientSecret };
  throw new ServiceUnavailableError(setupHint, 'integration_not_configured');
}

/** Where a person consents. @param query beside what every vendor with PKCE asks for. */
export function pkceConsentUrl(
  page: string | URL,
  { clientId }: VendorApp,
  { state, redirectUri, codeVerifier }: AuthorizationRequest,
  query: Readonly<Record<string, string>>,
): string {
  const url = new URL(page);
  url.search = new URLSearchParams({
    ...{ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', state },
    ...query,
    ...{ code_challenge: pkceChallenge(codeVerifier), code_challenge_method: 'S256' },
  }).toString();
  return url.href;
}

/** What a code is exchanged with, where the consent was asked for with PKCE. */
export function codeForm({ code, redirectUri, codeVerifier }: CodeExchange): Record<string, string> {
  return { code, redirect_uri: redirectUri, code_verifier: codeVerifier };
}

/** A grant as it is kept. @param known the one that it renews: vendors that do not rotate refresh tokens leave them out. */
export function secretOf(
  tokens: { access_token: string; refresh_token?: string | null | undefined },
  known: OAuth2Secret | undefined,
  scopes: string[],
): OAuth2Secret {
  return {
    ...{ type: 'oauth2', grant: 'code', scopes },
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? known?.refreshToken ?? null,
  };
}
