import { RedisLink } from '@/core/cache/redis';
import { randomIds } from '@/core/ids';
import { systemClock } from '@/core/time/clock';
import type { CallSubject, LevelWindow } from '@/features/integrations/limits/levels';
import { type Admission, IntegrationRateLimiter } from '@/features/integrations/limits/limiter';
import { CallQueue } from '@/features/integrations/limits/queue';

/** What each caller process is told. */
export interface Callers {
  redisUrl: string;
  instances: number;
  callers: number;
  subject: CallSubject;
  windows: LevelWindow[];
}

/** A process that calls a vendor as often as it is let, until it is told to end; then it says when each call was let through. */
const told = JSON.parse(process.argv[2] ?? '{}') as Callers;
const limiter = new IntegrationRateLimiter({
  redis: new RedisLink(told.redisUrl),
  instances: told.instances,
  clock: systemClock,
  ids: randomIds,
});
const queue = new CallQueue<Admission>(systemClock);
const admitted: { at: number; degraded: boolean }[] = [];
let errors = 0;
let open = true;

async function caller(): Promise<void> {
  while (open) {
    try {
      const { reading, degraded } = await queue.enter('all', {
        priority: 'normal',
        ask: (queued) =>
          limiter.admit({
            subject: told.subject,
            windows: told.windows,
            operation: 'search',
            pauses: ['ratelimit_pause:a{t}', 'ratelimit_pause:b{t}'],
            concurrent: null,
            ...{ lease: 'x', leaseMs: 1_000, queued },
          }),
        discard: () => undefined,
      });
      admitted.push({ at: reading.at, degraded });
    } catch {
      errors += 1;
    }
  }
}

process.once('message', () => {
  open = false;
  process.send?.({ admitted, errors }, () => process.exit(0));
});
process.send?.('ready');
void Promise.all(Array.from({ length: told.callers }, caller));
