import { type NextRequest, NextResponse } from 'next/server';
import { env } from '@/core/config/env';

/**
 * Adds the content security policy to every page. Scripts run only with this answer's nonce, so text that people write can never
 * become code. Nothing is authorised here: the API and the security rules do that.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  // Where to come back to after signing in.
  headers.set('x-path', `${request.nextUrl.pathname}${request.nextUrl.search}`);
  // Next reads the nonce from here and puts it on its own scripts.
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

function contentSecurityPolicy(nonce: string): string {
  const settings = env();
  const development = settings.NODE_ENV === 'development';
  const emulators = [settings.FIRESTORE_EMULATOR_HOST, settings.FIREBASE_AUTH_EMULATOR_HOST]
    .filter(Boolean)
    .map((host) => `http://${host}`);
  const authPages = settings.FIREBASE_AUTH_DOMAIN ? [`https://${settings.FIREBASE_AUTH_DOMAIN}`] : [];
  const directives: Record<string, string[]> = {
    'default-src': ["'self'"],
    // React's development build evaluates code for its error overlay.
    'script-src': [
      "'self'",
      `'nonce-${nonce}'`,
      "'strict-dynamic'",
      ...(development ? ["'unsafe-eval'"] : []),
    ],
    'style-src': ["'self'", "'unsafe-inline'"],
    // Avatars and previews come from the networks' own picture servers.
    'img-src': ["'self'", 'data:', 'blob:', 'https:'],
    'media-src': ["'self'", 'blob:'],
    'font-src': ["'self'"],
    'connect-src': [
      "'self'",
      'https://firestore.googleapis.com',
      'https://identitytoolkit.googleapis.com',
      'https://securetoken.googleapis.com',
      ...emulators,
      ...(development ? ['ws:'] : []),
    ],
    // The service worker. Without a line of its own it would fall under the nonce of scripts, which it cannot carry.
    'worker-src': ["'self'"],
    'frame-src': authPages.length > 0 ? authPages : ["'none'"],
    'frame-ancestors': ["'none'"],
    'form-action': ["'self'"],
    'base-uri': ["'self'"],
    'object-src': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ');
}

export const config = {
  // Pages only: API answers and files carry no scripts.
  matcher: [{ source: '/((?!api/|_next/static|_next/image|favicon.ico|icon.svg|fonts/).*)' }],
};
