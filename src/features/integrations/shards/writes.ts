import 'server-only';
import { sha256hex } from '@/core/crypto/secrets';
import type { Tx } from '@/core/db/db';
import type { Integration } from '../connections/repository';
import { HISTORY } from '../sync/provenance';
import type { RecordState } from '../sync/records';
import { recordLinkModel } from '../sync/schema';
import { type Behind, withoutErased } from '../sync/shared-records';
import { standingIn } from '../sync/standing';
import { canonical, type Fields, fieldOf, same } from '../sync/values';
import { type Contribution, isDue, newest, type WantedShard } from './plan';
import type { RecordStep, ShardEngineDeps, ShardedRecord, ShardRecord } from './ports';
import { SHARD_SOURCE } from './schema';

type Put = Extract<RecordStep, { do: 'put' }>;
type Drop = Extract<RecordStep, { do: 'drop' }>;
type Link = Awaited<ReturnType<ShardEngineDeps['repository']['linksIn']>>[number];

/** Of those behind one record, how many are asked what they say when another one is erased. */
const HEARD = 200;

const newLink = recordLinkModel.schema.omit({ id: true, createdAt: true, updatedAt: true });

/** Steps of one commit, with the documents that they touch. */
export class ShardWrites {
  private constructor(
    readonly tx: Tx,
    readonly deps: ShardEngineDeps,
    readonly integration: Integration,
    readonly entity: string,
    readonly steps: readonly RecordStep[],
    readonly records: Map<string, ShardRecord>,
    /** Who else stands behind a record that is left. */
    readonly holders: ReadonlyMap<string, readonly NonNullable<Link>[]>,
    readonly forget: () => void,
  ) {}

  static async read(
    tx: Tx,
    deps: ShardEngineDeps,
    integration: Integration,
    entity: string,
    steps: readonly RecordStep[],
  ): Promise<ShardWrites> {
    const left = steps.flatMap((step) => leftBy(step) ?? []);
    const homes = steps.flatMap((step) => (step.do === 'put' ? step.shard.home : []));
    const records = await storedIn(tx, deps, [...steps.map(({ recordId }) => recordId), ...left, ...homes]);
    const holders = await Promise.all(
      [...new Set(left)].map(async (id): Promise<[string, NonNullable<Link>[]]> => {
        const leaving = left.filter((one) => one === id).length;
        const heard = records.get(id)?.mergedFrom?.length || steps.some((step) => erases(step, id));
        return [id, await deps.repository.linksToIn(tx, id, leaving + (heard ? HEARD : 1))];
      }),
    );
    const erased = steps.flatMap((step) =>
      step.do === 'drop' && step.erase ? { recordId: step.home ?? step.linkId, linkId: step.linkId } : [],
    );
    const forget =
      erased.length > 0
        ? await deps.records.forgetErasedIn(tx, integration.organizationId, erased)
        : () => undefined;
    const placed = steps.map((step) =>
      step.do === 'put' ? { ...step, recordId: placeOf(step, records) } : step,
    );
    return new ShardWrites(tx, deps, integration, entity, placed, records, new Map(holders), forget);
  }

  /** @param staying records that were deleted at the vendor and are kept for a person to decide. */
  write(staying: ReadonlySet<string>): void {
    const steps = this.steps.filter(({ of }) => of.mapped !== null || !staying.has(of.externalId));
    const puts = steps.filter((step): step is Put => step.do === 'put');
    const drops = steps.filter((step): step is Drop => step.do === 'drop');
    this.forget();
    const taken = new Map<string, Put[]>();
    for (const put of puts) taken.set(put.recordId, [...(taken.get(put.recordId) ?? []), put]);
    const leaving = new Set(steps.flatMap((step) => (leftBy(step) === null ? [] : step.linkId)));
    for (const recordId of new Set(steps.flatMap((step) => leftBy(step) ?? []))) {
      const erased = drops.filter((drop) => erases(drop, recordId));
      this.#leave(recordId, erased, this.#others(recordId, leaving, taken.get(recordId) ?? []));
    }
    for (const [recordId, all] of taken) this.#record(recordId, all);
    for (const put of puts) this.#link(put);
    for (const { linkId, erase } of drops) {
      this.tx.update(this.deps.repository.linkRef(linkId), {
        ...{ deleted: true, fieldHash: '' },
        ...(erase ? { base: {} } : {}),
      });
      this.tx.delete(this.deps.relations.byId(linkId));
    }
  }

  /** Who stands behind a record after this commit, with what they say then. */
  #others(recordId: string, leaving: ReadonlySet<string>, puts: readonly Put[]): Behind[] {
    const arriving = puts.map(({ linkId, shard }) => ({
      ...{ id: linkId, recordId, home: shard.home, ownRecordId: null, base: shard.fields },
    }));
    const told = new Set(puts.map(({ linkId }) => linkId));
    const gone = standingIn(this.tx, recordId)?.gone;
    const stays = (this.holders.get(recordId) ?? []).filter(
      ({ id }) => !leaving.has(id) && !told.has(id) && !gone?.has(id),
    );
    return [...stays, ...arriving];
  }

  /** A record that some no longer stand behind: it stays for the others, without what was erased, or ends. */
  #leave(recordId: string, erased: readonly Drop[], others: readonly Behind[]): void {
    const read = this.records.get(recordId);
    if (!read || read.status === 'merged') return;
    const before = standingIn(this.tx, recordId);
    const left = erased.reduce<ShardRecord>((record, drop) => without(record, drop, others), {
      ...read,
      ...before?.record,
    });
    const derived = read.derivedFrom !== null;
    const hollow = erased.length > 0 && Object.keys(left.fields).length === 0;
    // Of a vendor's own record people may have kept what is left as ours alone.
    const ends = others.length === 0 && (derived || hollow || (before?.gone.size ?? 0) > 0);
    if (derived && ends) this.#end(left, erased.length > 0);
    else if (ends || erased.length > 0) this.#stay(ends ? { ...left, status: 'deleted' } : left);
  }

  #stay(left: ShardRecord): void {
    const { id: connectionId } = this.integration;
    const deleted = left.status === 'deleted';
    const state = { ...left, deleted, externalUpdatedAt: null };
    this.deps.records.writeIn(this.tx, { ...left, connectionId }, state, left);
    this.records.set(left.id, left);
  }

  #record(recordId: string, puts: readonly Put[]): void {
    const known = this.records.get(recordId) ?? null;
    // Merged into a record of the vendor's own, a shard says nothing of it any more.
    if (known && known.derivedFrom === null) return;
    // A new link is a write to its record, so that whoever ends the record at that moment is overtaken.
    const arriving = puts.find(({ known: link, leaves }) => link === null || link.deleted || leaves !== null);
    const offers = puts.map((put) => ({ ...contributionOf(put.shard, put.of), put }));
    // Nor does one that was merged into another shard.
    const winner = newest(offers.filter(({ put }) => put.shard.home === recordId));
    if (!winner) {
      if (arriving) this.#write(recordId, arriving, known, null);
      return;
    }
    const state = known && {
      deleted: known.status === 'deleted',
      stamp: known.externalUpdatedAt?.getTime() ?? 0,
      hash: sha256hex(canonical({ kind: winner.put.shard.kind, fields: known.fields })),
    };
    // What only one record makes is as that record was read last, whatever its vendor's clock says.
    const own = puts.every(({ shard, linkId }) => shard.home === linkId);
    const due = own
      ? !known || state?.deleted === true || !same(known.fields, winner.fields)
      : isDue(state, winner);
    if (!due && !arriving) return;
    this.#write(recordId, winner.put, known, due ? winner : null);
  }

  #write(recordId: string, put: Put, known: ShardRecord | null, next: Contribution | null): void {
    const { shard, of } = put;
    const { id: connectionId, organizationId, platform } = this.integration;
    const fields = next ? toldIn(known, put.known?.base ?? {}, next.fields) : { ...known?.fields };
    const stamp = next ? new Date(next.stamp) : (known?.externalUpdatedAt ?? null);
    this.deps.records.writeIn(
      this.tx,
      {
        ...{ id: recordId, organizationId, connectionId, platform, entity: shard.kind },
        externalId: `${of.externalId}/${shard.key}`,
        derivedFrom: of.recordId,
        relatedTo: shard.kind === 'activity' ? of.recordId : null,
        happenedAt: shard.kind === 'activity' ? momentOf(fields.at, stamp) : null,
      },
      {
        fields,
        provenance: next ? this.#traced(known, { ...next, fields }) : (known?.provenance ?? {}),
        externalUrl: next || !known ? of.externalUrl : known.externalUrl,
        issues: [],
        deleted: false,
        externalUpdatedAt: stamp,
        sync: 'synced',
      },
      known,
    );
  }

  #traced(known: ShardRecord | null, { fields, stamp }: Contribution): RecordState['provenance'] {
    const actor = this.integration.platform;
    return Object.fromEntries(
      Object.entries(fields).map(([field, value]) => {
        const old = known?.provenance[field];
        const was = fieldOf(known?.fields ?? {}, field);
        if (old && same(was, value)) return [field, old];
        const history = old ? [{ value: was, stamp: old.stamp, actor: old.actor }, ...old.history] : [];
        const source = 'external' as const;
        return [field, { source, actor, strategy: null, stamp, history: history.slice(0, HISTORY) }];
      }),
    );
  }

  #link({ linkId, shard, recordId, known, of }: Put): void {
    const { repository, relations } = this.deps;
    const { id: integrationId, organizationId } = this.integration;
    const { externalId } = of;
    const agreed = {
      ...{ recordId, home: shard.home, fieldHash: shard.hash, base: shard.fields, deleted: false },
    };
    if (known) this.tx.update(repository.linkRef(linkId), agreed);
    else
      this.tx.set(
        repository.linkRef(linkId),
        newLink.parse({
          ...{ organizationId, integrationId, connectionId: integrationId, externalId },
          // A kind of its own: no page of the vendor's lists has it, and none of its records are counted twice.
          ...{ entity: `${this.entity}/${shard.key}`, order: '' },
          ...{ shardKey: shard.key, role: 'derived', lastPushed: null, aliases: [] },
          ...agreed,
        }),
      );
    if (shard.kind === 'activity' || (known && !known.deleted && known.recordId === recordId)) return;
    this.tx.set(relations.byId(linkId), {
      ...{ organizationId, integrationId, fromEntity: this.entity, fromExternalId: externalId },
      ...{ toEntity: shard.kind, toExternalId: `${externalId}/${shard.key}`, kind: shard.kind },
      ...{ from: of.recordId, to: recordId, source: SHARD_SOURCE, status: 'linked' },
      ...{ pendingSince: null, reportedAt: null },
    });
  }

  #end(known: ShardRecord, erase: boolean): void {
    if (known.status === 'deleted' && !(erase && Object.keys(known.fields).length > 0)) return;
    const { id: connectionId } = this.integration;
    const kept = erase ? { ...known, fields: {}, provenance: {}, externalUrl: null } : known;
    const { fields, provenance, externalUrl } = kept;
    this.deps.records.writeIn(
      this.tx,
      { ...known, connectionId },
      {
        ...{ fields, provenance, externalUrl, issues: [] },
        ...{ deleted: true, externalUpdatedAt: null, sync: 'synced' },
      },
      known,
    );
  }
}

function erases(step: RecordStep, recordId: string): step is Drop {
  return step.do === 'drop' && step.erase && step.recordId === recordId;
}

/** The record without one of the vendors' behind it. */
function without(known: ShardRecord, drop: Drop, others: readonly Behind[]): ShardRecord {
  const { linkId: id, recordId, home, of } = drop;
  const stamp = known.externalUpdatedAt?.getTime() ?? 0;
  const left = withoutErased(known, { id, recordId, home, ownRecordId: null }, others, stamp);
  const said = Object.entries(left.fields).filter(([, value]) => value !== null);
  const externalUrl = known.externalUrl === of.externalUrl ? null : known.externalUrl;
  return { ...known, externalUrl, fields: Object.fromEntries(said), provenance: left.provenance };
}

function contributionOf({ fields, hash }: WantedShard, { mapped }: ShardedRecord): Contribution {
  return { fields, hash, stamp: mapped?.updatedAt.getTime() ?? 0 };
}

/** Records by their ids, those that they were merged into as well. */
async function storedIn(
  tx: Tx,
  { records }: Pick<ShardEngineDeps, 'records'>,
  ids: readonly string[],
): Promise<Map<string, ShardRecord>> {
  const found = new Map<string, ShardRecord>();
  let wanted = [...new Set(ids)];
  while (wanted.length > 0) {
    const stored = (await records.getIn(tx, wanted)).flatMap((record) => record ?? []);
    for (const record of stored) found.set(record.id, record);
    const next = stored.flatMap(({ mergedInto }) => (mergedInto && !found.has(mergedInto) ? mergedInto : []));
    wanted = [...new Set(next)];
  }
  return found;
}

/** Where a shard is put: the record that stands for its own since a merge, as long as that is there. */
function placeOf({ recordId, shard }: Put, records: ReadonlyMap<string, ShardRecord>): string {
  let at = records.get(recordId);
  while (at?.status === 'merged' && at.mergedInto) at = records.get(at.mergedInto);
  return at?.status === 'active' ? at.id : shard.home;
}

/** Its values as they are told now; of a record that stands for others as well, only what is told otherwise than before. */
function toldIn(known: ShardRecord | null, before: Fields, now: Fields): Record<string, unknown> {
  if (!known?.mergedFrom?.length) return { ...now };
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = names.filter((name) => !same(fieldOf(before, name), fieldOf(now, name)));
  const kept = Object.entries(known.fields).filter(([name]) => !changed.includes(name));
  const told = changed.flatMap((name) => (Object.hasOwn(now, name) ? [[name, now[name]]] : []));
  return Object.fromEntries([...kept, ...told]);
}

function leftBy(step: RecordStep): string | null {
  return step.do === 'drop' ? step.recordId : step.leaves;
}

function momentOf(at: unknown, otherwise: Date | null): Date | null {
  const read = typeof at === 'string' ? new Date(at) : null;
  return read && !Number.isNaN(read.getTime()) ? read : otherwise;
}
