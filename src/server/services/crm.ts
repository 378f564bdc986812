import 'server-only';
import { provide, singleton } from '@/core/singletons';
import { CRMRepository } from '@/features/crm/repository';
import { CRMService } from '@/features/crm/service';
import type { RecordEdits } from '@/features/integrations/sync/edits';
import { core } from '../core';

/** Mirrored contacts, companies and deals. */
provide('CRMRepository', () => new CRMRepository(core.db));
provide(
  'CRMService',
  () =>
    new CRMService({
      repository: singleton<CRMRepository>('CRMRepository'),
      outlet: singleton<RecordEdits>('RecordEdits'),
      clock: core.clock,
      ids: core.ids,
    }),
);
