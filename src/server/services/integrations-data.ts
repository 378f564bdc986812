import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { CRMRepository } from '@/features/crm/repository';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationDataRepository } from '@/features/integrations/data/repository';
import { IntegrationDataService } from '@/features/integrations/data/service';
import { recordStores } from '@/features/integrations/data/stores';
import { core } from '../core';

/** Where records of each vendor are kept. */
provide('IntegrationDataRepository', () => new IntegrationDataRepository(core.db, core.clock));
provide(
  'IntegrationDataService',
  () =>
    new IntegrationDataService({
      integrations: singleton<IntegrationRepository>('IntegrationRepository'),
      data: singleton<IntegrationDataRepository>('IntegrationDataRepository'),
    }),
);
provide('RecordStores', () =>
  recordStores(
    singleton<CRMRepository>('CRMRepository'),
    singleton<IntegrationDataRepository>('IntegrationDataRepository'),
  ),
);
