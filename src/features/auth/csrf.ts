import 'server-only';
import { hashSecret } from '@/core/crypto/secrets';
import { cookieOf, SESSION_COOKIE } from './cookie';

/** Derived from the httpOnly cookie, which no other site can read: knowing it proves being of our own. */
export function csrfTokenOf(cookie: string): string {
  return hashSecret(`csrf:${cookie}`);
}

export function csrfTokenFor(request: Request): string | null {
  const cookie = cookieOf(request, SESSION_COOKIE);
  return cookie ? csrfTokenOf(cookie) : null;
}
