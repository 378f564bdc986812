import type { HubSpotSync } from '@tests/support/hubspot-sync';
import { TestJobs } from '@tests/support/integrations';
import { provide } from '@/core/singletons';
import { RecordMerger } from '@/features/crm/dedup/merger';
import { DedupRepository } from '@/features/crm/dedup/repository';
import { DedupRunner } from '@/features/crm/dedup/runner';
import { type DedupJob, DedupRuns } from '@/features/crm/dedup/runs';
import { IntegrationDeduplicationService } from '@/features/crm/dedup/service';
import { ExpressionService } from '@/features/integrations/mapping/expressions';
import { RecordLinks } from '@/features/integrations/sync/record-links';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '@/server/core';

/** Searches with a clock and jobs of the test's own. */
export function dedupWorld(sync: HubSpotSync, budgetMs?: number) {
  const jobs = new TestJobs();
  const repository = new DedupRepository(core.db);
  const { clock } = sync;
  const audit = new AuditLog(core.db, clock, core.ids);
  const links = new RecordLinks(sync.world.syncRepository);
  const relations = sync.world.relationRepository;
  const merger = new RecordMerger({ repository, links, relations, audit, clock, ids: core.ids });
  const runs = new DedupRuns({ repository, jobs, audit, clock, ids: core.ids });
  const expressions = new ExpressionService();
  const more = budgetMs === undefined ? {} : { budgetMs };
  const runner = new DedupRunner({ repository, merger, runs, expressions, clock, ...more });
  const service = new IntegrationDeduplicationService({
    repository,
    merger,
    runs,
    expressions,
    audit,
    clock,
  });
  provide('IntegrationDeduplicationService', () => service);
  const drain = async () => {
    let parts = 0;
    for (let job = jobs.waiting.shift(); job; job = jobs.waiting.shift()) {
      await runner.work(job.payload as DedupJob, new AbortController().signal);
      parts += 1;
    }
    return parts;
  };
  return { repository, jobs, runs, runner, service, drain };
}

const jose = {
  firstname: 'José',
  lastname: 'Núñez',
  email: 'jose.nunez@fernhill.test',
  phone: '+4930123456',
};
/** Two that are surely one. */
export const sure = ({ fake }: HubSpotSync) =>
  [
    fake.add('contacts', { ...jose, jobtitle: 'CEO' }),
    fake.add('contacts', { ...jose, firstname: 'Jose', lastname: 'NUNEZ', city: 'Berlin' }),
  ] as const;
/** Two that may be one. */
export const likely = ({ fake }: HubSpotSync) =>
  [
    fake.add('contacts', {
      firstname: 'Ingrid',
      lastname: 'Weber',
      phone: '+4930777888',
      company: 'Kestrel',
    }),
    fake.add('contacts', {
      ...{ firstname: 'Ingrid', lastname: 'Webber', phone: '+4930777888', jobtitle: 'CTO' },
    }),
  ] as const;
