import 'server-only';
import { sha256hex } from '@/core/crypto/secrets';
import type { Ids } from '@/core/ids';

const KEYED = 'k-';

/** The same id for the same type and idempotency key, so that the store itself turns the second one away. */
export function jobIdOf(request: { type: string; idempotencyKey?: string }, ids: Ids): string {
  if (request.idempotencyKey === undefined) return ids.next('job');
  return KEYED + sha256hex(`${request.type}\n${request.idempotencyKey}`);
}

export function isKeyed(jobId: string): boolean {
  return jobId.startsWith(KEYED);
}
