import 'server-only';
import { derivedId } from '@/core/crypto/derived-id';
import { encodeCursor } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import { linkIdOf } from '../sync/repository';
import { recordLinkModel } from '../sync/schema';
import { relationModel, SHARD_SOURCE, shardRulesModel } from './schema';

export type ShardRules = Doc<typeof shardRulesModel>;
export type Relation = Doc<typeof relationModel>;
type Link = Doc<typeof recordLinkModel>;

/** Ids that one `in` of a query takes. */
const IN = 30;

export function shardLinkIdOf(
  integrationId: string,
  entity: string,
  externalId: string,
  shardKey: string,
): string {
  return digest([integrationId, entity, externalId, 'shard', shardKey]);
}

/** Where the records are kept that share one identity. */
export function sharedRecordIdOf(integrationId: string, kind: string, identity: string): string {
  return digest([integrationId, 'shared', kind, identity]);
}

export class ShardRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  rulesRef(organizationId: string, integrationType: string, entityType: string): Ref<typeof shardRulesModel> {
    return this.db.doc(shardRulesModel, digest([organizationId, integrationType, entityType]));
  }

  rules(organizationId: string, integrationType: string, entityType: string): Promise<ShardRules | null> {
    return this.db.get(this.rulesRef(organizationId, integrationType, entityType));
  }

  /** All rules there are. */
  each(): AsyncGenerator<ShardRules> {
    return this.db.scan(this.db.collection(shardRulesModel), { field: 'createdAt', direction: 'asc' });
  }

  /** Records of a connection that are deleted at their vendor, the latest last. @returns where to go on. */
  async deleted(
    integrationId: string,
    entity: string,
    cursor: string | null,
    limit: number,
  ): Promise<{ links: Link[]; next: string | null }> {
    const gone = this.db
      .collection(recordLinkModel)
      .where('integrationId', '==', integrationId)
      .where('entity', '==', entity)
      .where('deleted', '==', true);
    const order = { field: 'updatedAt', direction: 'asc' } as const;
    const { items } = await this.db.page(gone, { limit, ...(cursor ? { cursor } : {}) }, order);
    const last = items.at(-1);
    return { links: items, next: last ? encodeCursor(last.updatedAt, last.id) : null };
  }

  linkRef(id: string): Ref<typeof recordLinkModel> {
    return this.db.doc(recordLinkModel, id);
  }

  linksIn(tx: Tx, ids: readonly string[]): Promise<(Link | null)[]> {
    return tx.getAll(ids.map((id) => this.linkRef(id)));
  }

  /** Living links to a record, at most `limit`. */
  linksToIn(tx: Tx, recordId: string, limit: number): Promise<Link[]> {
    return tx.find(
      this.db
        .collection(recordLinkModel)
        .where('recordId', '==', recordId)
        .where('deleted', '==', false)
        .limit(limit),
    );
  }
}

/** What belongs together at vendors. */
export class RelationRepository {
  constructor(readonly db: Db) {}

  commit<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.runOptimistic(work);
  }

  /** One for each pair and what they are for each other. */
  ref({
    integrationId,
    fromEntity,
    fromExternalId,
    toEntity,
    toExternalId,
    kind,
  }: Pick<
    Relation,
    'integrationId' | 'fromEntity' | 'fromExternalId' | 'toEntity' | 'toExternalId' | 'kind'
  >): Ref<typeof relationModel> {
    const id = digest([integrationId, fromEntity, fromExternalId, toEntity, toExternalId, kind]);
    return this.db.doc(relationModel, id);
  }

  byId(id: string): Ref<typeof relationModel> {
    return this.db.doc(relationModel, id);
  }

  /** Ends of relations go along with these links, from one of our records to another. Reads at once; what it gives back writes. */
  async movedIn(tx: Tx, linkIds: readonly string[], from: string, to: string): Promise<() => void> {
    const links = new Set(linkIds);
    const mine = this.db.collection(relationModel);
    const [leaving, arriving] = await Promise.all(
      (['from', 'to'] as const).map((end) => tx.find(mine.where(end, '==', from))),
    );
    const starts = (leaving ?? []).filter((row) =>
      links.has(linkIdOf(row.integrationId, row.fromEntity, row.fromExternalId)),
    );
    // Of what a shard belongs to, the relation and the link are of one id.
    const ends = (arriving ?? []).filter((row) =>
      links.has(
        row.source === SHARD_SOURCE ? row.id : linkIdOf(row.integrationId, row.toEntity, row.toExternalId),
      ),
    );
    return () => {
      for (const { id } of starts) tx.update(this.byId(id), { from: to });
      for (const { id } of ends) tx.update(this.byId(id), { to });
    };
  }

  async anyFrom(integrationId: string, entity: string): Promise<boolean> {
    const mine = this.db
      .collection(relationModel)
      .where('integrationId', '==', integrationId)
      .where('fromEntity', '==', entity);
    return (await this.db.first(mine)) !== null;
  }

  /** All that is known to lead from these records. */
  async from(integrationId: string, entity: string, externalIds: readonly string[]): Promise<Relation[]> {
    const parts = Array.from({ length: Math.ceil(externalIds.length / IN) }, (_, part) =>
      this.db.find(
        this.db
          .collection(relationModel)
          .where('integrationId', '==', integrationId)
          .where('fromEntity', '==', entity)
          .where('fromExternalId', 'in', externalIds.slice(part * IN, (part + 1) * IN)),
      ),
    );
    return (await Promise.all(parts)).flat();
  }

  /** Those of a connection that lead to such a record which is not here, in the order of their ids. */
  pending(
    integrationId: string,
    toEntity: string,
    afterId: string | null,
    limit: number,
  ): Promise<Relation[]> {
    const query = this.db
      .collection(relationModel)
      .where('integrationId', '==', integrationId)
      .where('toEntity', '==', toEntity)
      .where('status', '==', 'pending')
      .orderBy('__name__')
      .limit(limit);
    return this.db.find(afterId === null ? query : query.startAfter(afterId));
  }

  pendingCount(integrationId: string, before: Date): Promise<number> {
    return this.db.count(
      this.db
        .collection(relationModel)
        .where('integrationId', '==', integrationId)
        .where('status', '==', 'pending')
        .where('pendingSince', '<=', before),
    );
  }

  /** Those that nobody was told of, the longest missing first. */
  unreported(before: Date, limit: number): Promise<Relation[]> {
    return this.db.find(
      this.db
        .collection(relationModel)
        .where('status', '==', 'pending')
        .where('reportedAt', '==', null)
        .where('pendingSince', '<=', before)
        .orderBy('pendingSince')
        .limit(limit),
    );
  }
}

function digest(parts: readonly string[]): string {
  return derivedId(parts);
}
