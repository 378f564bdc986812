import 'server-only';
import type { CacheManager } from '@/core/cache/cache-manager';
import { cacheKey } from '@/core/cache/keys';
import { ExternalServiceError, NotFoundError } from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import { PIPELINE_ENTITIES, type Pipeline, type PipelineEntity, type Stage } from '@/features/crm/schema';
import type { Integration, IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import type { DataMapping, MappingRepository } from '../mapping/repository';
import type { IntegrationAdapter, VendorSession } from '../providers/types';
import { INTEGRATIONS } from '../registry.data';
import { writableRules } from './outward';

const ASK_MS = 10_000;
const KEPT_SECONDS = 600;
const MOST = 50;
/** The field of ours that says where a deal stands. */
const STAGE = 'stage';

export interface StageDeps {
  integrations: Pick<IntegrationRepository, 'page'>;
  mappings: Pick<MappingRepository, 'entity'>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  session(integrationId: string, signal: AbortSignal): VendorSession;
  cache: Pick<CacheManager, 'getOrLoad'>;
}

/** The stages of deals and opportunities: which there are, in the vendor's order, and whether they can be written there. */
export class StageBook {
  constructor(readonly deps: StageDeps) {}

  async pipelines(organizationId: string): Promise<Pipeline[]> {
    const { items } = await this.deps.integrations.page(organizationId, { limit: MOST });
    const found = items
      .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
      .flatMap((integration) => {
        const kinds = INTEGRATIONS.find(({ type }) => type === integration.type)?.entities ?? [];
        return PIPELINE_ENTITIES.filter((entity) => kinds.includes(entity)).map((entity) =>
          this.#pipeline(integration, entity),
        );
      });
    return Promise.all(found);
  }

  async #pipeline(integration: Integration, entity: PipelineEntity): Promise<Pipeline> {
    const { mappings, adapters } = this.deps;
    const { organizationId, type, id, platform, name } = integration;
    const adapter = adapters.get(type);
    const rules = await mappings.entity(organizationId, type, entity);
    const rule = rules.find(({ internalField }) => internalField === STAGE);
    const active = integration.status === 'active' || integration.status === 'error';
    const stages = rule && adapter && active ? await this.#asked(integration, entity, adapter, rule) : null;
    return {
      ...{ connectionId: id, entity, platform, name },
      stages: stages ?? [],
      stagesKnown: stages !== null,
      editable: active && writableRules(rules, adapter?.writer, entity).has(STAGE),
    };
  }

  /** Null while the vendor does not say. */
  async #asked(
    { id, organizationId, credentialVersion }: Integration,
    entity: PipelineEntity,
    adapter: IntegrationAdapter,
    { externalField }: DataMapping,
  ): Promise<Stage[] | null> {
    const { cache, session } = this.deps;
    const key = cacheKey.org(organizationId, 'crm', 'stages', id, entity, credentialVersion, externalField);
    const load = async () => {
      const fields = await adapter.describeEntity(session(id, AbortSignal.timeout(ASK_MS)), entity);
      const own = fields.find(({ name }) => name === externalField || name === lastStep(externalField));
      return own?.options.map(({ value, label }) => ({ value, label })) ?? [];
    };
    try {
      const found = await cache.getOrLoad(key, load, { ttlSeconds: KEPT_SECONDS, layers: 'fast' });
      return found.length > 0 ? [...found] : null;
    } catch (error) {
      if (!(error instanceof ExternalServiceError) && !(error instanceof NotFoundError)) throw error;
      logger.warn({ err: error, integrationId: id }, 'a vendor did not say which stages it has');
      return null;
    }
  }
}

/** Mappings read `properties.dealstage`; the vendor calls it `dealstage`. */
function lastStep(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
