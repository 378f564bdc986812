import type { FakeSalesforceEvents } from '@tests/fakes/salesforce-events';
import type { IntegrationWorld } from '@tests/support/integrations';
import type { JobRequest } from '@/core/jobs/job-queue';
import { LockService } from '@/core/locks/locks';
import { ChangeRepository } from '@/features/integrations/changes/repository';
import { LiveChangesService } from '@/features/integrations/changes/service';
import { ChangeSubscriber } from '@/features/integrations/changes/subscriber';
import { changeFeeds } from '@/features/integrations/providers/registry';
import { CATCH_UP_JOB, CatchUp, type CatchUpJob } from '@/features/integrations/sync/catch-up';
import { OUTBOUND_JOB, type OutboundJob } from '@/features/integrations/sync/outbound';
import { REFETCH_JOB, RecordRefetch, type RefetchJob } from '@/features/integrations/sync/refetch';
import type { SyncJob } from '@/features/integrations/sync/runner';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '@/server/core';

const PACE = { firstMs: 5, longestMs: 20, refusedMs: 20 };

/** What listens to changes, over the classes of a world; each call of `worker` is a process of its own. */
export function liveChanges(world: IntegrationWorld, events: FakeSalesforceEvents) {
  const { clock, jobs, sync, repository: integrations } = world;
  const { session } = world.runner.deps;
  const repository = new ChangeRepository(core.db);
  const catchUp = new CatchUp({ sync, jobs, clock });
  const refetch = new RecordRefetch({ ...world.runner.deps, jobs, catchUp, outbound: world.outbound });
  const audit = new AuditLog(core.db, clock, core.ids);
  const signal = new AbortController().signal;
  const run = (job: JobRequest): Promise<void> => {
    if (job.type === REFETCH_JOB) return refetch.work(job.payload as RefetchJob, signal);
    if (job.type === CATCH_UP_JOB) return catchUp.work(job.payload as CatchUpJob);
    if (job.type === OUTBOUND_JOB) return world.outbound.work(job.payload as OutboundJob, signal);
    return world.runner.work(job.payload as SyncJob, signal);
  };
  return {
    repository,
    service: new LiveChangesService({ repository, integrations, audit }),
    worker: (own = repository) =>
      new ChangeSubscriber({
        ...{ integrations, catchUp, session, jobs, clock, pace: PACE },
        repository: own,
        feeds: changeFeeds({ SALESFORCE_PUBSUB_URL: events.url }),
        locks: new LockService(core.db, clock, core.ids),
      }),
    /** Runs what waits and what that leads to, each at its time. @returns what was run, by type. */
    async drain(): Promise<string[]> {
      const done: string[] = [];
      for (let job = jobs.waiting.shift(); job; job = jobs.waiting.shift()) {
        if (job.runAt && job.runAt > clock.now()) clock.set(job.runAt);
        await run(job);
        done.push(job.type);
      }
      return done;
    },
  };
}
