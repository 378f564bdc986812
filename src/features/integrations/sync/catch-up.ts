import 'server-only';
import { derivedId } from '@/core/crypto/derived-id';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { Clock } from '@/core/time/clock';
import type { SyncTaskService } from './service';

export const CATCH_UP_JOB = 'sync.catch_up';
/** The vendor's lists know a change only some seconds after it happened, and words of changes come in bursts. */
const SLOT_MS = 30_000;
const BUSY_MS = 30_000;

export interface CatchUpJob {
  integrationId: string;
  entity: string;
  /** Compare every record, not only what changed. */
  full: boolean;
  /** Asked for under one key, it is done once. */
  key: string;
}

export interface CatchUpDeps {
  sync: Pick<SyncTaskService, 'startWhenFree'>;
  jobs: Pick<JobQueue, 'enqueue'>;
  clock: Clock;
}

/** Passes over one kind of record, for what a vendor's words of changes did not name one by one. */
export class CatchUp {
  constructor(readonly deps: CatchUpDeps) {}

  /** Soon, over what changed; what is asked for within half a minute is one. */
  async changed(integrationId: string, entity: string): Promise<void> {
    const slot = Math.floor(this.deps.clock.now().getTime() / SLOT_MS) + 1;
    const job = { integrationId, entity, full: false, key: `changed_${slot}` };
    await this.#enqueue(job, new Date((slot + 1) * SLOT_MS));
  }

  /** At once, over everything. `key` names what made it needed. */
  async whole(integrationId: string, entity: string, key: string): Promise<void> {
    await this.#enqueue({ integrationId, entity, full: true, key: `whole_${key}` }, this.deps.clock.now());
  }

  /** A sync that runs may be past the change: this one waits for its end. */
  async work(job: CatchUpJob): Promise<void> {
    const { integrationId, entity, full } = job;
    const taskId = `sync_${nameOf(job)}`;
    const outcome = await this.deps.sync.startWhenFree(integrationId, { taskId, entity, full });
    if (outcome !== 'busy') return;
    // However many wait for a long sync, one pass after it is enough.
    if (!full) return this.changed(integrationId, entity);
    const runAt = new Date(this.deps.clock.now().getTime() + BUSY_MS);
    await this.deps.jobs.enqueue({ type: CATCH_UP_JOB, payload: job, runAt });
  }

  async #enqueue(payload: CatchUpJob, runAt: Date): Promise<void> {
    const idempotencyKey = nameOf(payload);
    await this.deps.jobs.enqueue({ type: CATCH_UP_JOB, payload, runAt, idempotencyKey });
  }
}

function nameOf({ integrationId, entity, key }: CatchUpJob): string {
  return derivedId([integrationId, entity, key]);
}
