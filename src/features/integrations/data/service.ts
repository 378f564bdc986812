import 'server-only';
import type { Page } from '@/core/db/cursor';
import { NotFoundError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { IntegrationRepository } from '../connections/repository';
import { INTEGRATIONS } from '../registry.data';
import type { IntegrationDataRepository } from './repository';
import type { DataQuery, IntegrationDataView } from './schema';

/** What an integration brought, for people and programs to read. */
export class IntegrationDataService {
  static getInstance(): IntegrationDataService {
    return singleton<IntegrationDataService>('IntegrationDataService');
  }

  constructor(
    readonly deps: {
      integrations: Pick<IntegrationRepository, 'get'>;
      data: Pick<IntegrationDataRepository, 'page'>;
    },
  ) {}

  /** @throws NotFoundError for somebody else's integration, and for a kind of record that its vendor does not have. */
  async list(
    organizationId: string,
    integrationId: string,
    query: DataQuery,
  ): Promise<Page<IntegrationDataView>> {
    const integration = await this.deps.integrations.get(organizationId, integrationId);
    if (!integration) throw new NotFoundError('This integration');
    const known = INTEGRATIONS.find(({ type }) => type === integration.type);
    if (!known?.entities.includes(query.entity)) throw new NotFoundError('This kind of record');
    const { items, cursor } = await this.deps.data.page(organizationId, integrationId, query);
    return { items: items.map(({ organizationId: _o, ...view }) => view), cursor };
  }
}
