import 'server-only';
import type { UserPrincipal } from '@/core/auth/principal';
import { ConflictError, UnauthenticatedError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { SessionView } from '@/features/users/schema';
import { SESSION_DAYS } from './cookie';
import { csrfTokenOf } from './csrf';
import type { IdentityAccounts, IdentityToken } from './identity';
import { completeRegistration, type NewPerson, type RegistrationDeps } from './registration';

/** What a session shows: the users and organisations rooms answer it together. */
export interface SessionDirectory {
  session(userId: string, emailVerified: boolean): Promise<SessionView>;
}

interface Surroundings {
  timezone?: string | undefined;
  locale?: 'en' | 'de' | undefined;
}

export interface SignedIn extends SessionView {
  cookie: string;
  maxAgeSeconds: number;
  csrf: string;
}

/** A stolen ID token lives for an hour; only a fresh sign-in may be turned into a session of two weeks. */
const FRESH_SIGN_IN_SECONDS = 5 * 60;

/** Signing up, in and out. */
export class AuthService {
  static getInstance(): AuthService {
    return singleton<AuthService>('AuthService');
  }

  constructor(
    readonly identity: IdentityAccounts,
    readonly registration: Omit<RegistrationDeps, 'now'>,
    readonly sessions: SessionDirectory,
    readonly clock: Clock,
  ) {}

  /**
   * Registers somebody with address and password. They sign in with these next.
   * @throws ConflictError when the address has an account; signing in then finishes whatever its registration lacks.
   */
  async register(
    input: { email: string; password: string; displayName: string } & Surroundings,
  ): Promise<SessionView> {
    const { email, password, displayName } = input;
    const userId = await this.identity.createUser({ email, password, displayName });
    if (!userId) {
      throw new ConflictError(
        'There is already an account with this address. Sign in, or reset your password.',
      );
    }
    await this.#complete({ userId, email, displayName, photoURL: null, ...withDefaults(input) });
    return this.sessions.session(userId, false);
  }

  /**
   * Turns the ID token of a fresh sign-in (password, Google or link) into a session, finishing the registration first.
   * @throws UnauthenticatedError when the token is bad or the sign-in is older than five minutes.
   */
  async login(input: { idToken: string } & Surroundings): Promise<SignedIn> {
    const token = await this.identity.verifyIdToken(input.idToken);
    const age = this.clock.now().getTime() / 1000 - token.authTime;
    if (age > FRESH_SIGN_IN_SECONDS) {
      throw new UnauthenticatedError('This sign-in is too old to start a session. Sign in again.');
    }
    await this.#complete(personOf(token, input));
    const maxAgeSeconds = SESSION_DAYS * 24 * 3600;
    const cookie = await this.identity.createSessionCookie(input.idToken, maxAgeSeconds * 1000);
    const session = await this.sessions.session(token.uid, token.emailVerified);
    return { ...session, cookie, maxAgeSeconds, csrf: csrfTokenOf(cookie) };
  }

  session(principal: UserPrincipal): Promise<SessionView> {
    return this.sessions.session(principal.userId, principal.emailVerified);
  }

  /** Ends all sessions of the person on every device. A cookie that is no longer valid has nothing left to end. */
  async logout(cookie: string | null): Promise<void> {
    if (!cookie) return;
    try {
      const token = await this.identity.verifySessionCookie(cookie);
      await this.identity.revokeSessions(token.uid);
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) throw error;
    }
  }

  #complete(person: NewPerson): Promise<void> {
    return completeRegistration({ ...this.registration, now: () => this.clock.now() }, person);
  }
}

function withDefaults(given: Surroundings): { timezone: string; locale: 'en' | 'de' } {
  return { timezone: given.timezone ?? 'UTC', locale: given.locale ?? 'en' };
}

function personOf(token: IdentityToken, given: Surroundings): NewPerson {
  const email = token.email ?? '';
  return {
    userId: token.uid,
    email,
    displayName: token.displayName?.trim() || email.split('@')[0] || 'New person',
    photoURL: token.photoURL,
    ...withDefaults(given),
  };
}
