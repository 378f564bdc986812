import { PREFERENCE_COOKIES } from '@/i18n/locale';

/** The one name that Firebase Hosting lets through its cache; kept everywhere so that no host needs a special case. */
export const SESSION_COOKIE = '__session';

/** Firebase allows up to 14 days: https://firebase.google.com/docs/auth/admin/manage-cookies */
export const SESSION_DAYS = 14;

export function cookieOf(request: Request, name: string): string | null {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=') || null;
  }
  return null;
}

/** `Secure` is left out only where the app itself runs without TLS: on a developer's machine. */
export function sessionCookieHeader(
  value: string,
  options: { secure: boolean; maxAgeSeconds: number },
): string {
  return [
    `${SESSION_COOKIE}=${value}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    `Max-Age=${options.maxAgeSeconds}`,
    ...(options.secure ? ['Secure'] : []),
  ].join('; ');
}

/** The person's own zone, which a browser that is new to them cannot know. Pages may write it, as they do when it is changed. */
export function zoneCookieHeader(zone: string, options: { secure: boolean; maxAgeSeconds: number }): string {
  return [
    `${PREFERENCE_COOKIES.timeZone}=${encodeURIComponent(zone)}`,
    'Path=/',
    'SameSite=Lax',
    `Max-Age=${options.maxAgeSeconds}`,
    ...(options.secure ? ['Secure'] : []),
  ].join('; ');
}
