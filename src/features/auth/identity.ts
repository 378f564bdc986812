import 'server-only';
import type { Auth, DecodedIdToken } from 'firebase-admin/auth';
import { ServiceUnavailableError, UnauthenticatedError, ValidationError } from '@/core/errors';

/** What a verified credential says about a person. */
export interface IdentityToken {
  uid: string;
  email: string | null;
  emailVerified: boolean;
  /** Seconds since the epoch of the sign-in itself, not of the token. */
  authTime: number;
  expiresAt: Date;
  displayName: string | null;
  photoURL: string | null;
}

export interface IdentityVerifier {
  /** @throws UnauthenticatedError */
  verifyIdToken(token: string): Promise<IdentityToken>;
  /** @throws UnauthenticatedError */
  verifySessionCookie(cookie: string): Promise<IdentityToken>;
}

const ENDED = 'Your session has ended. Sign in again.';

/** What signing up, in and out needs beyond judging credentials. */
export interface IdentityAccounts extends IdentityVerifier {
  /** @returns null when the address is taken. */
  createUser(input: { email: string; password: string; displayName: string }): Promise<string | null>;
  createSessionCookie(idToken: string, maxAgeMs: number): Promise<string>;
  /** Ends every session of the person: ID tokens and cookies alike. */
  revokeSessions(userId: string): Promise<void>;
  /** Removes the sign-in for good. One that is gone already is fine. */
  deleteUser(userId: string): Promise<void>;
}

/** Firebase Auth as the one judge of ID tokens and session cookies; revoked sessions and disabled people are refused. */
export class FirebaseIdentity implements IdentityAccounts {
  constructor(readonly auth: Auth) {}

  verifyIdToken(token: string): Promise<IdentityToken> {
    return judged(() => this.auth.verifyIdToken(token, true));
  }

  verifySessionCookie(cookie: string): Promise<IdentityToken> {
    return judged(async () => {
      const token = await this.auth.verifySessionCookie(cookie, true);
      if (token.email_verified) return token;
      // The cookie remembers the day of the sign-in; an address confirmed since counts at once.
      return { ...token, email_verified: (await this.auth.getUser(token.uid)).emailVerified };
    });
  }

  async createUser(input: { email: string; password: string; displayName: string }): Promise<string | null> {
    try {
      return (await this.auth.createUser(input)).uid;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'auth/email-already-exists') return null;
      if (code === 'auth/invalid-email')
        throw ValidationError.at('body.email', 'This is not an email address.');
      if (/password/.test(code)) throw ValidationError.at('body.password', 'Choose a stronger password.');
      throw asAccessError(error);
    }
  }

  async createSessionCookie(idToken: string, maxAgeMs: number): Promise<string> {
    try {
      return await this.auth.createSessionCookie(idToken, { expiresIn: maxAgeMs });
    } catch (error) {
      throw asAccessError(error);
    }
  }

  async revokeSessions(userId: string): Promise<void> {
    try {
      await this.auth.revokeRefreshTokens(userId);
    } catch (error) {
      throw asAccessError(error);
    }
  }

  /** The code that confirms this address, for a mail of our own. @see https://firebase.google.com/docs/auth/admin/email-action-links */
  async verificationCode(email: string, continueUrl: string): Promise<string> {
    try {
      const link = await this.auth.generateEmailVerificationLink(email, { url: continueUrl });
      return new URL(link).searchParams.get('oobCode') ?? '';
    } catch (error) {
      throw asAccessError(error);
    }
  }

  async deleteUser(userId: string): Promise<void> {
    try {
      await this.auth.deleteUser(userId);
    } catch (error) {
      if (codeOf(error) !== 'auth/user-not-found') throw asAccessError(error);
    }
  }
}

async function judged(verify: () => Promise<DecodedIdToken>): Promise<IdentityToken> {
  try {
    const token = await verify();
    return {
      uid: token.uid,
      email: token.email?.toLowerCase() ?? null,
      emailVerified: token.email_verified ?? false,
      authTime: token.auth_time,
      expiresAt: new Date(token.exp * 1000),
      displayName: typeof token.name === 'string' ? token.name : null,
      photoURL: token.picture ?? null,
    };
  } catch (error) {
    throw asAccessError(error);
  }
}

/** A bad credential is the caller's; an Auth service that does not answer is ours, and must not sign people out. */
function asAccessError(error: unknown): Error {
  const code = codeOf(error);
  if (/internal-error|network|timeout|quota|insufficient-permission|invalid-credential/.test(code)) {
    return new ServiceUnavailableError(
      'We cannot check your sign-in right now. Try again in a moment.',
      undefined,
      {
        cause: error,
      },
    );
  }
  if (code.startsWith('auth/')) return new UnauthenticatedError(ENDED, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
