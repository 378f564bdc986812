import 'server-only';
import type { Auth, DecodedIdToken } from 'firebase-admin/auth';
import { ServiceUnavailableError, UnauthenticatedError } from '@/core/errors';

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

/** Firebase Auth as the one judge of ID tokens and session cookies; revoked sessions and disabled people are refused. */
export class FirebaseIdentity implements IdentityVerifier {
  constructor(readonly auth: Auth) {}

  verifyIdToken(token: string): Promise<IdentityToken> {
    return judged(() => this.auth.verifyIdToken(token, true));
  }

  verifySessionCookie(cookie: string): Promise<IdentityToken> {
    return judged(() => this.auth.verifySessionCookie(cookie, true));
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
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
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
