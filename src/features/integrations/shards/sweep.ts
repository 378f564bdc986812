import 'server-only';
import type { Tx } from '@/core/db/db';
import type { Integration, IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import type { IntegrationAdapter } from '../providers/types';
import type { RecordLink, SyncRepository } from '../sync/repository';
import type { ShardEngine } from './engine';
import type { ShardRecord } from './ports';
import type { ShardRepository, ShardRules } from './repository';

const BATCH = 100;

export interface SweepDeps {
  engine: Pick<ShardEngine, 'prepare'>;
  repository: ShardRepository;
  integrations: Pick<IntegrationRepository, 'each'>;
  sync: Pick<SyncRepository, 'commit'>;
  records: { getIn(tx: Tx, ids: readonly string[]): Promise<(ShardRecord | null)[]> };
  adapters: ReadonlyMap<IntegrationType, Pick<IntegrationAdapter, 'recordUrl'>>;
}

/**
 * Ends the shards of records that went another way than by a pass of the sync, such as by a person's decision, or because someone
 * had them removed for good. What a pass ended has none left, and is only looked at.
 */
export class ShardSweep {
  constructor(readonly deps: SweepDeps) {}

  /** @returns how many deleted records were looked at. */
  async sweep(open: () => boolean): Promise<{ swept: number }> {
    let swept = 0;
    for await (const rules of this.deps.repository.each())
      for await (const integration of this.deps.integrations.each(rules.organizationId))
        if (integration.type === rules.integrationType)
          swept += await this.#connection(rules, integration, open);
    return { swept };
  }

  async #connection(rules: ShardRules, integration: Integration, open: () => boolean): Promise<number> {
    const { repository } = this.deps;
    const ref = repository.rulesRef(rules.organizationId, rules.integrationType, rules.entityType);
    let cursor = rules.swept[integration.id] ?? null;
    let swept = 0;
    while (open()) {
      const { links, next } = await repository.deleted(integration.id, rules.entityType, cursor, BATCH);
      if (next === null) break;
      await this.#end(integration, rules.entityType, links);
      await repository.db.update(ref, { [`swept.${integration.id}`]: next });
      swept += links.length;
      cursor = next;
      if (links.length < BATCH) break;
    }
    return swept;
  }

  async #end(integration: Integration, entity: string, links: readonly RecordLink[]): Promise<void> {
    const { engine, sync, records, adapters } = this.deps;
    const shards = await engine.prepare(integration, entity, []);
    await sync.commit(async (tx) => {
      const stored = await records.getIn(
        tx,
        links.map(({ recordId }) => recordId),
      );
      // A person may have kept the record as one of ours alone, with what was made of it.
      const gone = links.filter(
        ({ base }, at) => Object.keys(base).length === 0 || (stored[at]?.status ?? 'deleted') === 'deleted',
      );
      const derive = await shards?.readIn(
        tx,
        gone.map(({ externalId, recordId, base }) => ({
          ...{ externalId, recordId, mapped: null },
          externalUrl: adapters.get(integration.type)?.recordUrl(integration, entity, externalId) ?? null,
          // Nothing is kept of what was removed for good.
          erase: Object.keys(base).length === 0,
        })),
      );
      derive?.(new Set());
    });
  }
}
