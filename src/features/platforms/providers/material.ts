import type { StepKey, StepMaterial } from '@/features/platforms/providers/types';

const TID_ALPHABET = '234567abcdefghijklmnopqrstuvwxyz';

/** FNV-1a, 32 bits: spreads run ids; not for security. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}

/**
 * Timestamp identifier: 53 bits of microseconds and 10 bits of clock id, base32-sortable, 13 characters.
 * @see https://atproto.com/specs/tid
 */
export function tid(microseconds: bigint, clockId: number): string {
  let value = (microseconds << 10n) | BigInt(clockId & 1023);
  let text = '';
  for (let position = 0; position < 13; position += 1) {
    text = TID_ALPHABET.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}

/**
 * Derives what makes a step's commit recognisable. Pure, so every attempt, worker and recovery gets the same.
 * @param fixedAt stored once when the run is created; never "now".
 */
export function stepMaterial(runId: string, step: StepKey, fixedAt: Date): StepMaterial {
  const seed = fnv1a(`${runId}/${step}`);
  const order = step === 'root' ? 0 : step === 'comment' ? 999 : Number(step.slice('thread_'.length));
  // Parts keep their order in feeds that sort by creation time.
  const createdAt = new Date(fixedAt.getTime() + order);
  const microseconds = BigInt(createdAt.getTime()) * 1000n + BigInt(Math.floor(seed / 1024) % 1000);
  return { createdAt, rkey: tid(microseconds, seed % 1024), idempotencyKey: `${runId}/${step}` };
}
