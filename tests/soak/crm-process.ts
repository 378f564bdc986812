import { integrationWorld } from '@tests/support/integrations';
import type { Tx } from '@/core/db/db';
import { FixedClock } from '@/core/time/clock';
import type { IntegrationType } from '@/features/integrations/connections/schema';
import { SyncRepository } from '@/features/integrations/sync/repository';
import type { SyncJob } from '@/features/integrations/sync/runner';
import { core } from '@/server/core';

/** What such a process is started with. */
export interface CrmProcessSetup {
  type: IntegrationType;
  fake: { url: string; clientId: string; clientSecret: string };
  env: Record<string, string>;
}
/** `die` ends the process, as a power cut would, at that commit: before it, with all of it written and not committed, or after it. */
export type CrmOrder = { now: number } & (
  | { do: 'work'; job: SyncJob; die: { when: 'before' | 'within' | 'after'; commit: number } | null }
  | { do: 'use'; ids: string[] }
);
/** For each integration that was used, whether the vendor knew us. */
export type CrmAnswer = { error: string | null; used: boolean[] };

/** A process of its own that syncs and renews as the product does, and that may be killed. Only tests start it. */
const setup = JSON.parse(process.env.CRM_PROCESS ?? '{}') as CrmProcessSetup;
const clock = new FixedClock(new Date());
let die: Extract<CrmOrder, { do: 'work' }>['die'] = null;
let commits = 0;

function deadAt(when: 'before' | 'within' | 'after', commit: number): void {
  if (die?.when === when && die.commit === commit) process.kill(process.pid, 'SIGKILL');
}

class MortalRepository extends SyncRepository {
  override async commit<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    commits += 1;
    const own = commits;
    deadAt('before', own);
    const done = await super.commit(async (tx) => {
      const made = await work(tx);
      deadAt('within', own);
      return made;
    });
    deadAt('after', own);
    return done;
  }
}

const world = integrationWorld({
  ...{ clock, fake: setup.fake, env: setup.env },
  syncRepository: new MortalRepository(core.db),
});

async function use(id: string): Promise<boolean> {
  const adapter = world.adapters.get(setup.type);
  const health = await adapter?.checkHealth(world.service.session(id, AbortSignal.timeout(30_000)));
  return health !== undefined;
}

async function follow(order: CrmOrder): Promise<boolean[]> {
  clock.set(new Date(order.now));
  if (order.do === 'use') return Promise.all(order.ids.map(use));
  ({ die } = order);
  await world.runner.work(order.job, new AbortController().signal);
  return [];
}

process.on('message', (order: CrmOrder) => {
  follow(order).then(
    (used) => process.send?.({ error: null, used } satisfies CrmAnswer),
    (error: unknown) => process.send?.({ error: String(error), used: [] } satisfies CrmAnswer),
  );
});
process.send?.('ready');
