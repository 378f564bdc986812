import 'server-only';
import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { isSystemError } from '@/core/errors';
import { AccessService } from '@/features/auth/access';
import { SESSION_COOKIE } from '@/features/auth/cookie';
import { AuthService } from '@/features/auth/service';
import type { MembershipView } from '@/features/organizations/schema';
import type { SessionView } from '@/features/users/schema';
import './services';

/** The signed-in person, and the organisation they work in. */
export interface ServerSession extends SessionView {
  organization: MembershipView;
}

/**
 * Who is signed in, for server layouts and pages: null without a valid session cookie.
 * It decides what is drawn, never what is allowed: that the API and the security rules decide.
 */
export const currentSession = cache(async (): Promise<SessionView | null> => {
  const cookie = (await cookies()).get(SESSION_COOKIE)?.value;
  if (!cookie) return null;
  try {
    const principal = await AccessService.getInstance().fromSessionCookie(cookie);
    return await AuthService.getInstance().session(principal);
  } catch (error) {
    // A session that ended, or whose account was closed meanwhile.
    if (isSystemError(error) && (error.code === 'unauthenticated' || error.code === 'not_found')) return null;
    throw error;
  }
});

/** The session, or the way to get one: signing in first, or founding an organisation for who has none. */
export async function requireSession(): Promise<ServerSession> {
  const session = await currentSession();
  if (!session) redirect(`/sign-in?next=${encodeURIComponent(await currentPath())}`);
  const { user, organizations } = session;
  const organization = organizations.find((one) => one.id === user.defaultOrganizationId) ?? organizations[0];
  if (!organization) redirect('/welcome');
  return { ...session, organization };
}

/** Told by the proxy; a layout does not know it otherwise. */
async function currentPath(): Promise<string> {
  return (await headers()).get('x-path') ?? '/dashboard';
}
