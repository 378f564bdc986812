import 'server-only';
import { createHash } from 'node:crypto';

/** `code_challenge` of RFC 7636, method S256. */
export function pkceChallenge(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
