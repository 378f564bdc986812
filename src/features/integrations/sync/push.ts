import 'server-only';
import { ExternalServiceError } from '@/core/errors';
import type { Integration } from '../connections/repository';
import type { DataMapping } from '../mapping/repository';
import type {
  IntegrationAdapter,
  PushOutcome,
  VendorRecord,
  VendorSession,
  VendorWriter,
} from '../providers/types';
import type { ShardEngine } from '../shards/engine';
import type { ShardedRecord } from '../shards/ports';
import { EntityCreations, later } from './creations';
import { deletionDiff, settledDiffs } from './dry-store';
import { diffOf, type MappedRecord, mappingVersionOf, mapVendorRecord } from './mapped';
import { outward } from './outward';
import { deletionOf, type RecordWrites } from './record-writes';
import type { RecordStore, StoredRecord } from './records';
import { pendingIdOf, type RecordLink, type SyncRepository } from './repository';
import type { SyncDiff } from './schema';
import { agreedAfterPush, type Settlement } from './settle';
import type { Settler } from './settler';
import { isAbsorbed } from './shared-records';

/** What one call takes where the vendor does not say. */
const BATCH = 100;
/** Due records that a preview looks at. */
const PREVIEW = 300;

export interface PushDeps {
  repository: SyncRepository;
  records: RecordStore;
  shards: Pick<ShardEngine, 'prepare'>;
}

export interface PushRun {
  integration: Integration;
  entity: string;
  adapter: Pick<IntegrationAdapter, 'fetchByIds' | 'orderOf' | 'recordUrl'>;
  writer: VendorWriter;
  session: VendorSession;
  mappings: readonly DataMapping[];
  settler: Settler;
  writes: RecordWrites;
  now: Date;
  /** Whether there is time for another batch. */
  open(): boolean;
}

interface Planned {
  link: RecordLink;
  record: StoredRecord;
  vendor: VendorRecord;
  settlement: Settlement;
  /** For the vendor, by its own fields. */
  values: Record<string, unknown>;
  /** The vendor's record once it took them. */
  expected: MappedRecord;
}

/**
 * Brings what was changed here to the vendor. Each record is asked for first: what the vendor changed meanwhile meets the strategy
 * instead of being overwritten, and what a lost answer had written already is not written again.
 */
export class EntityPush {
  readonly #mappingVersion: string;

  constructor(
    readonly deps: PushDeps,
    readonly run: PushRun,
  ) {
    this.#mappingVersion = mappingVersionOf(run.mappings);
  }

  /** @throws what the vendor's call threw; what is left stays due. */
  async push(): Promise<void> {
    const { integration, entity, now, open, session, writer } = this.run;
    while (open()) {
      session.signal.throwIfAborted();
      const many = writer.batch ?? BATCH;
      const links = await this.deps.repository.dueLinks(integration.id, entity, now, many);
      if (links.length === 0) return;
      const pending = links.filter(({ creation }) => creation !== null);
      const put = [
        await this.#batch(links.filter(({ creation }) => creation === null)),
        await this.#make(pending),
      ];
      if (put.includes(true)) throw later(integration.type);
    }
  }

  /** What {@link push} would write, of records that are not told of already. */
  async preview(except: ReadonlySet<string>): Promise<SyncDiff[]> {
    const { integration, entity, now, writer } = this.run;
    const due = await this.deps.repository.dueLinks(integration.id, entity, now, PREVIEW);
    const { creator } = writer;
    const pending = due.filter(({ creation }) => creation !== null);
    const fresh = creator
      ? await new EntityCreations(this.deps, { ...this.run, creator }).preview(pending)
      : [];
    const there = due.filter((link) => link.creation === null && !except.has(link.externalId));
    const found: SyncDiff[] = [];
    for (let at = 0; at < there.length; at += BATCH)
      found.push(...(await this.#previewed(there.slice(at, at + BATCH))));
    return [
      ...found,
      ...fresh.map(({ id, title, fields }): SyncDiff => {
        const sent = Object.fromEntries(
          Object.entries(fields).filter(([field]) => this.run.settler.rules.has(field)),
        );
        const about = { entity, externalId: pendingIdOf(id), title, direction: 'out' as const };
        return { ...about, change: 'create', fields: diffOf({}, sent) };
      }),
    ];
  }

  async #previewed(links: readonly RecordLink[]): Promise<SyncDiff[]> {
    const { planned, there } = await this.#planned(links);
    const { entity, integration, settler, now } = this.run;
    const records = await this.#records(links);
    return links.flatMap((link): SyncDiff[] => {
      const plan = planned.get(link.id);
      const about = { entity, externalId: link.externalId };
      if (plan) return settledDiffs(about, plan.record, plan.settlement);
      const record = records.get(link.recordId) ?? null;
      if (!record || link.deleted || there.has(link.externalId)) return [];
      const by = { policy: settler.policy, platform: integration.platform, stamp: now.getTime() };
      return [deletionDiff(about, record, deletionOf(link, record, false, by))];
    });
  }

  async #make(pending: readonly RecordLink[]): Promise<boolean> {
    const { creator } = this.run.writer;
    if (pending.length === 0) return false;
    // Whoever could make records yesterday may be a reader today.
    if (!creator) return true;
    return await new EntityCreations(this.deps, { ...this.run, creator }).make(pending);
  }

  /** @returns whether some are to be tried again later. */
  async #batch(links: readonly RecordLink[]): Promise<boolean> {
    if (links.length === 0) return false;
    const { planned, there } = await this.#planned(links);
    const outcomes = await this.#send([...planned.values()]);
    const put = links.filter(({ externalId }) => isLater(outcomes.get(externalId)));
    await this.#commit(
      links.filter((link) => !put.includes(link)),
      planned,
      outcomes,
      there,
    );
    return put.length > 0;
  }

  async #planned(
    links: readonly RecordLink[],
  ): Promise<{ planned: Map<string, Planned>; there: Set<string> }> {
    const { adapter, session, entity, mappings } = this.run;
    const ids = links.map(({ externalId }) => externalId);
    const fields = mappings.map(({ externalField }) => externalField);
    const found = await adapter.fetchByIds(session, entity, ids, fields);
    const vendors = new Map(found.map((vendor) => [vendor.externalId, vendor]));
    const records = await this.#records(links);
    const planned = new Map<string, Planned>();
    for (const link of links) {
      const vendor = vendors.get(link.externalId);
      const record = records.get(link.recordId);
      if (vendor && record && !link.deleted) planned.set(link.id, await this.#plan(link, record, vendor));
    }
    return { planned, there: new Set(vendors.keys()) };
  }

  async #records(links: readonly RecordLink[]): Promise<Map<string, StoredRecord>> {
    const { repository, records } = this.deps;
    const stored = await repository.commit((tx) =>
      records.getIn(
        tx,
        links.map(({ recordId }) => recordId),
      ),
    );
    return new Map(stored.flatMap((record) => (record ? [[record.id, record]] : [])));
  }

  async #plan(link: RecordLink, record: StoredRecord, vendor: VendorRecord): Promise<Planned> {
    const { settler, integration, writer } = this.run;
    const settlement = await settler.settle(
      link.base,
      await this.#mapped(vendor),
      record,
      integration.platform,
      isAbsorbed(link),
    );
    const values = outward(settlement.toExternal, settler.rules);
    const expected = await this.#mapped(writer.applied(vendor, values));
    return { link, record, vendor, settlement, values, expected };
  }

  #mapped(vendor: VendorRecord): Promise<MappedRecord> {
    return mapVendorRecord(vendor, this.run.mappings, this.#mappingVersion, this.run.settler.expressions);
  }

  async #send(planned: readonly Planned[]): Promise<Map<string, PushOutcome>> {
    const { writer, session, entity } = this.run;
    const sent = planned.filter(({ values }) => Object.keys(values).length > 0);
    if (sent.length === 0) return new Map();
    try {
      const changes = sent.map(({ link, values }) => ({ externalId: link.externalId, values }));
      const outcomes = await writer.batchUpdate(session, entity, changes);
      return new Map(outcomes.map((outcome) => [outcome.externalId, outcome]));
    } catch (error) {
      if (error instanceof ExternalServiceError && error.outcome === 'unknown') await this.#maybeSent(sent);
      throw error;
    }
  }

  /** Whether it arrived is not known: if it did, it comes back as an echo and not as somebody's edit. */
  #maybeSent(sent: readonly Planned[]): Promise<void> {
    const { repository } = this.deps;
    return repository.commit(async (tx) => {
      const links = await tx.getAll(sent.map(({ link }) => repository.linkById(link.id)));
      for (const [at, { link, expected }] of sent.entries())
        if (links[at]) tx.update(repository.linkById(link.id), { lastPushed: expected.fields });
    });
  }

  async #commit(
    links: readonly RecordLink[],
    planned: ReadonlyMap<string, Planned>,
    outcomes: ReadonlyMap<string, PushOutcome>,
    there: ReadonlySet<string>,
  ): Promise<void> {
    const { repository, records } = this.deps;
    const { integration, entity } = this.run;
    const agreed = [...planned.values()].filter(({ link }) => outcomes.get(link.externalId)?.ok !== false);
    const shards = await this.deps.shards.prepare(
      integration,
      entity,
      agreed.map(({ expected }) => expected),
    );
    await repository.commit(async (tx) => {
      const fresh = await tx.getAll(links.map(({ id }) => repository.linkById(id)));
      const stored = await records.getIn(
        tx,
        links.map(({ recordId }) => recordId),
      );
      const gone = fresh.map((link) => (link && !link.deleted && !there.has(link.externalId) ? link : null));
      const shared = await Promise.all(
        gone.map((link, at) => link && this.run.writes.othersIn(tx, link, stored[at] ?? null)),
      );
      // Of a record that the vendor has and that changed, its shards follow; those of one that is gone end with its deletion.
      const derive = await shards?.readIn(
        tx,
        agreed.map((one) => this.#sharded(one)),
      );
      for (const [at, link] of fresh.entries()) {
        const record = stored[at] ?? null;
        if (!link) continue;
        const plan = planned.get(link.id);
        if (plan && record) this.#settleIn(tx, link, record, plan, outcomes.get(link.externalId));
        else if (record && !link.deleted && !there.has(link.externalId))
          this.run.writes.goneIn(tx, link, record, false, shared[at] ?? undefined);
        else {
          // Kept here alone since it was deleted there: nobody waits for it.
          tx.update(repository.linkById(link.id), { pushDue: null });
          if (record) records.changeIn(tx, record, { sync: 'synced' });
        }
      }
      derive?.(new Set());
    });
  }

  /** As the vendor has it from now on: a moment newer than it was read. */
  #sharded({ link: { externalId, recordId }, expected }: Planned): ShardedRecord {
    const { adapter, integration, entity } = this.run;
    const externalUrl = adapter.recordUrl(integration, entity, externalId);
    const updatedAt = new Date(expected.updatedAt.getTime() + 1);
    return { externalId, recordId, externalUrl, mapped: { updatedAt }, erase: false };
  }

  #settleIn(
    tx: Parameters<Parameters<SyncRepository['commit']>[0]>[0],
    link: RecordLink,
    record: StoredRecord,
    { settlement, expected, record: read }: Planned,
    outcome: PushOutcome | undefined,
  ): void {
    const { repository, records } = this.deps;
    const ref = repository.linkById(link.id);
    const taken = outcome?.ok === true;
    const lastPushed = taken ? expected.fields : link.lastPushed;
    if (record.version !== read.version) {
      // Changed here while the vendor was being told: what it took is agreed, and the rest comes up with the next batch.
      if (taken) tx.update(ref, { lastPushed, base: { ...link.base, ...settlement.toExternal } });
      return;
    }
    const refused = outcome && !outcome.ok ? outcome.message : null;
    const { reviews, changed, fields, provenance } = settlement;
    const base = refused === null ? agreedAfterPush(settlement) : settlement.base;
    const waits = reviews.length > 0;
    tx.update(ref, {
      ...{ base, lastPushed, pushDue: null },
      ...(refused === null ? { fieldHash: expected.hash } : {}),
      ...this.run.writes.conflictIn(
        tx,
        link,
        record.title,
        waits ? { kind: 'fields', fields: reviews } : null,
      ),
    });
    records.changeIn(tx, record, {
      ...(changed ? { stored: { fields, provenance } } : {}),
      sync: refused !== null ? 'refused' : waits ? 'conflict' : 'synced',
      message: refused,
    });
  }
}

function isLater(outcome: PushOutcome | undefined): boolean {
  return outcome?.ok === false && outcome.later === true;
}
