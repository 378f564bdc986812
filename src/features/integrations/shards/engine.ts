import 'server-only';
import { sha256hex } from '@/core/crypto/secrets';
import type { Tx } from '@/core/db/db';
import type { Integration } from '../connections/repository';
import { writePath } from '../mapping/paths';
import type { MappedRecord } from '../sync/mapped';
import { canonical } from '../sync/values';
import { identityOf, planShards, shardFields, type WantedShard } from './plan';
import type { RecordStep, ShardEngineDeps, ShardedRecord } from './ports';
import { shardLinkIdOf, sharedRecordIdOf } from './repository';
import type { ShardRule } from './schema';
import { ShardWrites } from './writes';

/** Makes the shards of a vendor's records in the commits of the records themselves. */
export class ShardEngine {
  constructor(readonly deps: ShardEngineDeps) {}

  /** Answers the conditions, ahead of the transaction. @returns null where a kind of record has no shards. */
  async prepare(
    integration: Integration,
    entity: string,
    mapped: readonly Pick<MappedRecord, 'externalId' | 'fields'>[],
  ): Promise<PreparedShards | null> {
    const { organizationId, type } = integration;
    const known = await this.deps.repository.rules(organizationId, type, entity);
    if (!known || known.shards.length + known.retired.length === 0) return null;
    const wanted = await Promise.all(
      mapped.map(async ({ externalId, fields }): Promise<[string, WantedShard[]]> => {
        const shards = known.shards.map((rule) =>
          this.#wanted(integration, entity, externalId, rule, fields),
        );
        return [externalId, await Promise.all(shards)];
      }),
    );
    const keys = [...known.shards.map(({ key }) => key), ...known.retired];
    return new PreparedShards(this.deps, integration, entity, keys, new Map(wanted));
  }

  async #wanted(
    { id }: Integration,
    entity: string,
    externalId: string,
    rule: ShardRule,
    record: Record<string, unknown>,
  ): Promise<WantedShard> {
    const { key, kind } = rule;
    const fields = { ...shardFields(rule, record) };
    const identity = identityOf(rule, fields);
    return {
      ...{ key, kind, fields },
      hash: sha256hex(canonical({ kind, fields })),
      home:
        identity === null ? shardLinkIdOf(id, entity, externalId, key) : sharedRecordIdOf(id, kind, identity),
      state: Object.keys(fields).length === 0 ? 'ends' : await this.#answered(rule, entity, record),
    };
  }

  async #answered(
    { condition }: ShardRule,
    entity: string,
    fields: Record<string, unknown>,
  ): Promise<WantedShard['state']> {
    if (condition === null) return 'holds';
    const record = {};
    // A field without a value does not exist for `$exists`.
    for (const [path, value] of Object.entries(fields)) if (value !== null) writePath(record, path, value);
    try {
      const input = { value: null, record, context: { entity } };
      return (await this.deps.expressions.evaluate('jsonata', condition, input)) === true ? 'holds' : 'ends';
    } catch {
      // A condition that failed says nothing: what is there stays, and the next change asks again.
      return 'unknown';
    }
  }
}

/** Shards of the records of one commit. */
export class PreparedShards {
  constructor(
    readonly deps: ShardEngineDeps,
    readonly integration: Integration,
    readonly entity: string,
    /** Of rules that are there and of those that were. */
    readonly keys: readonly string[],
    readonly wanted: ReadonlyMap<string, readonly WantedShard[]>,
  ) {}

  /**
   * Reads what the shards need. What it gives back writes.
   * @returns called with the records that stay although their vendor deleted them.
   */
  async readIn(tx: Tx, records: readonly ShardedRecord[]): Promise<(staying: ReadonlySet<string>) => void> {
    const { repository } = this.deps;
    const { id } = this.integration;
    const linkIdOf = (externalId: string) => (key: string) => shardLinkIdOf(id, this.entity, externalId, key);
    const ids = records.flatMap(({ externalId }) => this.keys.map(linkIdOf(externalId)));
    const links = await repository.linksIn(tx, ids);
    const steps = records.flatMap((of, index): RecordStep[] => {
      const own = links.slice(index * this.keys.length, (index + 1) * this.keys.length);
      const gone = of.mapped ? null : of.erase ? 'erased' : 'deleted';
      const wanted = this.wanted.get(of.externalId) ?? [];
      const known = own.flatMap((link) => link ?? []);
      return planShards(wanted, known, linkIdOf(of.externalId), gone).map((step) => ({ ...step, of }));
    });
    const writes = await ShardWrites.read(tx, this.deps, this.integration, this.entity, steps);
    return (staying) => writes.write(staying);
  }
}
