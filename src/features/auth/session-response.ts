import { sessionCookieHeader } from './cookie';
import { loginView } from './schema';
import type { SignedIn } from './service';

/** Behind a proxy that ends TLS, the request itself arrives as http; only plain localhost goes without `Secure`. */
function isSecure(request: Request): boolean {
  const { protocol, hostname } = new URL(request.url);
  return protocol === 'https:' || !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** The session as the browser gets it: readable facts in the body, the credential in a cookie no script can read. */
export function signedInResponse(session: SignedIn, request: Request): Response {
  const { cookie, maxAgeSeconds } = session;
  return Response.json(loginView.parse(session), {
    headers: { 'set-cookie': sessionCookieHeader(cookie, { secure: isSecure(request), maxAgeSeconds }) },
  });
}

export function signedOutResponse(request: Request): Response {
  return new Response(null, {
    status: 204,
    headers: { 'set-cookie': sessionCookieHeader('', { secure: isSecure(request), maxAgeSeconds: 0 }) },
  });
}
