import type { Fault, FaultPoint } from '@/features/platforms/sandbox/schema';
import type { SandboxStore } from '@/features/platforms/sandbox/store';
import { ConnectionBroken, Refusal, type SandboxAnswer } from '@/features/platforms/sandbox/wire';

export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

const DEFAULT_DELAY_MS = 30_000;

/** Takes the next fault that is set for this point, counting it down. */
export async function takeFault(
  store: SandboxStore,
  accountId: string,
  point: FaultPoint,
): Promise<Fault | undefined> {
  const account = await store.account(accountId);
  if (!account?.faults.some((fault) => fault.on === point)) return undefined;
  let taken: Fault | undefined;
  await store.changeAccount(accountId, (current) => {
    taken = current.faults.find((fault) => fault.on === point);
    if (!taken) return null;
    const faults = current.faults
      .map((fault) => (fault === taken ? { ...fault, remaining: fault.remaining - 1 } : fault))
      .filter((fault) => fault.remaining > 0);
    return { ...current, faults };
  });
  return taken;
}

/** Runs `process` under a fault: before, instead of, or after it. */
export async function underFault(
  fault: Fault | undefined,
  process: () => Promise<SandboxAnswer>,
  sleep: Sleep,
  signal: AbortSignal | undefined,
): Promise<SandboxAnswer> {
  if (!fault) return await process();
  const delay = fault.delayMs ?? DEFAULT_DELAY_MS;
  switch (fault.kind) {
    case 'rate_limit':
      throw new Refusal(
        429,
        'rate_limited',
        'Too many requests.',
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) },
      );
    case 'server_error':
      throw new Refusal(500, 'server_error', 'Something broke on our side.');
    case 'reject':
      throw new Refusal(422, 'rejected', 'This post was refused.');
    case 'unauthorized':
      throw new Refusal(401, 'token_expired', 'This token is no longer valid.');
    case 'reset_before':
      throw new ConnectionBroken(false);
    case 'timeout':
      await sleep(delay, signal);
      throw new ConnectionBroken(false);
    case 'accept_then_reset':
      await process();
      throw new ConnectionBroken(true);
    case 'accept_late':
      // The answer is lost at once; the post appears later, as behind a slow queue.
      void sleep(delay)
        .then(process)
        .catch(() => 'Nobody is left to hear of a refusal.');
      throw new ConnectionBroken(true);
    case 'malformed_body':
      await process();
      return { status: 200, raw: '{"id": "cut of' };
  }
}
