import type { FakeSalesforceEvents } from '@tests/fakes/salesforce-events';
import type { IntegrationWorld } from '@tests/support/integrations';
import { LockService } from '@/core/locks/locks';
import { ChangeRepository } from '@/features/integrations/changes/repository';
import { LiveChangesService } from '@/features/integrations/changes/service';
import { ChangeSubscriber } from '@/features/integrations/changes/subscriber';
import { changeFeeds } from '@/features/integrations/providers/registry';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '@/server/core';

const PACE = { firstMs: 5, longestMs: 20, refusedMs: 20 };

/** What listens to changes, over the classes of a world; each call of `worker` is a process of its own. */
export function liveChanges(world: IntegrationWorld, events: FakeSalesforceEvents) {
  const { clock, jobs, catchUp, hints, repository: integrations } = world;
  const { session } = world.runner.deps;
  const repository = new ChangeRepository(core.db);
  const audit = new AuditLog(core.db, clock, core.ids);
  return {
    repository,
    service: new LiveChangesService({ repository, integrations, audit }),
    worker: (own = repository) =>
      new ChangeSubscriber({
        ...{ integrations, catchUp, hints, session, clock, pace: PACE },
        repository: own,
        feeds: changeFeeds({ SALESFORCE_PUBSUB_URL: events.url }),
        locks: new LockService(core.db, clock, core.ids),
      }),
    /** Runs what waits and what that leads to, each at its time. @returns what was run, by type. */
    drain: () => jobs.drain(world),
  };
}
