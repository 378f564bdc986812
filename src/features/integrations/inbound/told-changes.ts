import 'server-only';
import type { IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import type { ChangeHint, IntegrationAdapter } from '../providers/types';
import type { RecordErasure } from '../sync/erasure';
import type { ChangeHints } from '../sync/hints';
import type { SyncTaskService } from '../sync/service';
import type { Consume } from './processor';

/** Longer than a vendor may take for its answer, and shorter than a platform lets a job run. */
const ERASE_MS = 40_000;

export interface ToldDeps {
  integrations: Pick<IntegrationRepository, 'get'>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  sync: Pick<SyncTaskService, 'takesIn' | 'nudge'>;
  hints: Pick<ChangeHints, 'take'>;
  erasure: Pick<RecordErasure, 'erase'>;
}

/**
 * What deliveries say of the records of a connection. They are hints: whoever was removed for good is looked for at once, records
 * that are named are asked for by their ids, and where nothing is named a pass reads what changed.
 */
export class ToldChanges {
  constructor(readonly deps: ToldDeps) {}

  /** Does nothing for an address that stands for no connection. @throws for the delivery to be tried again. */
  readonly consume: Consume = async ({ id, organizationId, providerId, topic }, { integrationId }, body) => {
    const { integrations, adapters, sync, hints, erasure } = this.deps;
    const integration = integrationId && (await integrations.get(organizationId, integrationId));
    if (!integration) return;
    // Others that speak of a connection do it in words of their own.
    const adapter = integration.type === providerId ? adapters.get(integration.type) : undefined;
    const told = adapter?.told ? adapter.told(await body(), topic) : null;
    for (const change of told ?? [])
      if ('erased' in change) {
        const signal = AbortSignal.timeout(ERASE_MS);
        await erasure.erase(organizationId, integration.id, change.entity, change.erased, signal);
      }
    const kinds = await sync.takesIn(organizationId, integration.id);
    if (kinds.length === 0) return;
    if (told === null) return sync.nudge(organizationId, integration.id);
    for (const entity of kinds) {
      const own = told.flatMap((change): ChangeHint[] =>
        'hint' in change && change.entity === entity ? [change.hint] : [],
      );
      if (own.length > 0)
        await hints.take({ organizationId, integrationId: integration.id, entity }, own, id);
    }
  };
}
