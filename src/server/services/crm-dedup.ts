import 'server-only';
import { z } from 'zod';
import { provide, singleton } from '@/core/singletons';
import { RecordMerger } from '@/features/crm/dedup/merger';
import { DedupRepository } from '@/features/crm/dedup/repository';
import { DedupRunner } from '@/features/crm/dedup/runner';
import { DEDUP_JOB, DedupRuns } from '@/features/crm/dedup/runs';
import { IntegrationDeduplicationService } from '@/features/crm/dedup/service';
import { crmSyncCompleted } from '@/features/integrations/events';
import type { ExpressionService } from '@/features/integrations/mapping/expressions';
import type { RelationRepository } from '@/features/integrations/shards/repository';
import { RecordLinks } from '@/features/integrations/sync/record-links';
import type { SyncRepository } from '@/features/integrations/sync/repository';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '../core';
import { listen } from '../listen';

/** Finding and merging records that are one and the same. */
provide('DedupRepository', () => new DedupRepository(core.db));
const repository = () => singleton<DedupRepository>('DedupRepository');
const runs = () => singleton<DedupRuns>('DedupRuns');
const merger = () => singleton<RecordMerger>('RecordMerger');
const expressions = () => singleton<ExpressionService>('ExpressionService');

provide(
  'RecordMerger',
  () =>
    new RecordMerger({
      repository: repository(),
      links: new RecordLinks(singleton<SyncRepository>('SyncRepository')),
      relations: singleton<RelationRepository>('RelationRepository'),
      audit: AuditLog.getInstance(),
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'DedupRuns',
  () =>
    new DedupRuns({
      repository: repository(),
      jobs: core.jobs,
      audit: AuditLog.getInstance(),
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'DedupRunner',
  () =>
    new DedupRunner({
      repository: repository(),
      merger: merger(),
      runs: runs(),
      expressions: expressions(),
      clock: core.clock,
    }),
);
provide(
  'IntegrationDeduplicationService',
  () =>
    new IntegrationDeduplicationService({
      repository: repository(),
      merger: merger(),
      runs: runs(),
      expressions: expressions(),
      audit: AuditLog.getInstance(),
      clock: core.clock,
    }),
);

core.jobRegistry.register(DEDUP_JOB, z.object({ runId: z.string(), part: z.int() }), ({ payload, signal }) =>
  singleton<DedupRunner>('DedupRunner').work(payload, signal),
);
core.cron.on('integration-sync', 'crm.dedup', ({ until, signal }) =>
  runs().sweep(() => !signal.aborted && core.clock.now() < until),
);
listen(
  crmSyncCompleted,
  'crm.dedup',
  ({ organizationId, created, updated, deleted }, { eventId }) =>
    created + updated + deleted > 0 ? runs().startChanged(organizationId, eventId) : Promise.resolve(),
  { durable: true },
);
