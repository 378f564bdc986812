import 'server-only';
import { setTimeout as pause } from 'node:timers/promises';
import { provide, singleton } from '@/core/singletons';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { IntegrationService } from '@/features/integrations/facade';
import { DataMappingService } from '@/features/integrations/mapping/service';
import { IntegrationRegistryService } from '@/features/integrations/registry';
import { INTEGRATIONS } from '@/features/integrations/registry.data';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { core } from '../core';

/** What can be connected, and the way in for callers inside this product. */
provide(
  'IntegrationRegistryService',
  () =>
    new IntegrationRegistryService(INTEGRATIONS, {
      integrations: singleton<IntegrationRepository>('IntegrationRepository'),
    }),
);
provide(
  'IntegrationService',
  () =>
    new IntegrationService({
      connections: IntegrationConnectionService.getInstance(),
      mappings: DataMappingService.getInstance(),
      sync: SyncTaskService.getInstance(),
      clock: core.clock,
      pause: (milliseconds, signal) => pause(milliseconds, undefined, { signal }),
    }),
);
