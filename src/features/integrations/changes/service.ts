import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import { ConflictError, NotFoundError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { NO_LIVE_CHANGES } from '@/features/crm/schema';
import type { IntegrationRepository } from '../connections/repository';
import { INTEGRATIONS } from '../registry.data';
import type { CrmConnectionView } from '../sync/schema';
import type { ChangeRepository } from './repository';
import type { LiveChangesBody } from './schema';

export interface LiveChangesDeps {
  repository: ChangeRepository;
  integrations: Pick<IntegrationRepository, 'getIn'>;
  audit: AuditTrail;
}

/** Whether a connection hears of changes as they happen. */
export class LiveChangesService {
  static getInstance(): LiveChangesService {
    return singleton<LiveChangesService>('LiveChangesService');
  }

  constructor(readonly deps: LiveChangesDeps) {}

  /**
   * Workers take it up, or let it be, within half a minute.
   * @throws ConflictError for a vendor that has no such feed, and for a connection that ended.
   */
  async set(actor: Actor, integrationId: string, { enabled }: LiveChangesBody): Promise<CrmConnectionView> {
    const { repository, integrations, audit } = this.deps;
    await repository.run(async (tx) => {
      const ref = repository.connectionRef(integrationId);
      const integration = await integrations.getIn(tx, actor.organizationId, integrationId);
      const connection = await tx.get(ref);
      if (!integration || !connection) throw new NotFoundError('This integration');
      if (!INTEGRATIONS.find(({ type }) => type === integration.type)?.capabilities.includes('live_changes'))
        throw new ConflictError('This vendor does not tell of changes this way.');
      if (enabled && integration.status === 'disconnected')
        throw new ConflictError('This integration is disconnected. Connect it again first.');
      if (connection.liveChanges.enabled === enabled) return;
      const waiting = { enabled, state: 'waiting' as const, reason: 'no_worker' as const, heardAt: null };
      tx.update(ref, { liveChanges: enabled ? waiting : NO_LIVE_CHANGES });
      const target = { type: 'integration', id: integrationId, label: integration.name };
      audit.append(tx, actor, { action: 'integration.live_changes_changed', target, facts: { enabled } });
    });
    const found = await repository.db.get(repository.connectionRef(integrationId));
    if (!found) throw new NotFoundError('This integration');
    const { organizationId: _o, ...view } = found;
    return view;
  }
}
