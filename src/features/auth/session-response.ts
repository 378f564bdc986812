import { sessionCookieHeader, zoneCookieHeader } from './cookie';
import { loginView } from './schema';
import type { SignedIn } from './service';

/** Behind a proxy that ends TLS, the request itself arrives as http; only plain localhost goes without `Secure`. */
function isSecure(request: Request): boolean {
  const { protocol, hostname } = new URL(request.url);
  return protocol === 'https:' || !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

const YEAR_SECONDS = 31_536_000;

/**
 * The session as the browser gets it: readable facts in the body, the credential in a cookie no script can read, and the zone in
 * which the next page shows times.
 */
export function signedInResponse(session: SignedIn, request: Request): Response {
  const { cookie, maxAgeSeconds, user } = session;
  const secure = isSecure(request);
  const headers = new Headers();
  headers.append('set-cookie', sessionCookieHeader(cookie, { secure, maxAgeSeconds }));
  headers.append('set-cookie', zoneCookieHeader(user.timezone, { secure, maxAgeSeconds: YEAR_SECONDS }));
  return Response.json(loginView.parse(session), { headers });
}

export function signedOutResponse(request: Request): Response {
  return new Response(null, {
    status: 204,
    headers: { 'set-cookie': sessionCookieHeader('', { secure: isSecure(request), maxAgeSeconds: 0 }) },
  });
}
