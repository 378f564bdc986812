import 'server-only';
import { setImmediate } from 'node:timers/promises';
import { ExternalServiceError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import type { Integration } from '../connections/repository';
import type { Expressions } from '../mapping/mapper';
import type { DataMapping } from '../mapping/repository';
import type { IntegrationAdapter, VendorPage, VendorRecord, VendorSession } from '../providers/types';
import { KnownLinks } from './known-links';
import { Lane } from './lane';
import { type MappedRecord, mappingVersionOf, mapVendorRecord } from './mapped';
import { metWith, unmetOf } from './met';
import type { PassStore } from './pass-store';
import {
  type Change,
  deletesAreHeld,
  isUnchanged,
  MAX_FAULTS,
  newlyAbsorbed,
  planRecord,
  withinLimits,
} from './plan';
import type { RecordLink, SyncRepository } from './repository';
import { type EntityEnd, type LinkMark, NO_COUNTS, type SyncPass } from './schema';
import { shownDiff } from './shown-diff';
import { VendorPages } from './vendor-pages';

/** What was committed at the vendor late, or under a slow clock, is found by the next pass all the same. */
const LOOK_BACK_MS = 10 * 60_000;
/** Absences show in full passes alone, so one is made this often. */
const FULL_EVERY_MS = 7 * 86_400_000;
const MAX_BUFFERED = 200;
const FLUSH_MS = 1_000;
/** Absent records one pass looks at; what is left comes up with the next one. */
const MAX_MISSING = 5_000;
const BY_ID = 100;
const MAPPED_AT_ONCE = 10;
/** Records whose relations are asked for together. */
const RELATED = 1_000;

export interface PullDeps {
  repository: SyncRepository;
  expressions: Expressions;
  clock: Clock;
  ids: Ids;
}

export interface PullRun {
  integration: Integration;
  entity: string;
  adapter: IntegrationAdapter;
  session: VendorSession;
  mappings: readonly DataMapping[];
  store: PassStore;
  full: boolean;
  confirmDeletes: boolean;
  /** Deletions of earlier passes still wait for a person's word. */
  heldDeletes: boolean;
  /** Whether there is time for another page. */
  open(): boolean;
  /** Takes over what these records belong to. */
  relate?(externalIds: readonly string[]): Promise<void>;
}

/**
 * Brings one kind of record here: changed records page by page, then what people deleted, and in a full pass what is no longer
 * there. Where it stands is saved with what it wrote, in one commit: each page counts once, whatever happens in between. While
 * that commit is under way the next page is read and looked at.
 */
export class EntityPull {
  #pass!: SyncPass;
  readonly #buffer = new Map<string, Change>();
  readonly #pages: VendorPages;
  /** Commits, and what records belong to: the place is saved after both. */
  readonly #lane = new Lane();
  /** The last commit, and the one before it. */
  #saved: Promise<void> = Promise.resolve();
  #savedBefore: Promise<void> = Promise.resolve();
  #counted: Promise<void> = Promise.resolve();
  #related: string[] = [];
  readonly #links: KnownLinks;
  readonly #mappingVersion: string;
  readonly #fields: string[];
  #flushedAt = 0;

  constructor(
    readonly deps: PullDeps,
    readonly run: PullRun,
  ) {
    this.#mappingVersion = mappingVersionOf(run.mappings);
    this.#fields = run.mappings.map(({ externalField }) => externalField);
    this.#links = new KnownLinks(deps.repository, {
      ...{ integrationId: run.integration.id, entity: run.entity, adapter: run.adapter },
    });
    this.#pages = new VendorPages(run.integration.type, (cursor) => this.#fetch(cursor), run.open);
  }

  /** @returns how it ended; null when time ran out first, to be gone on with. @throws what the vendor's call threw. */
  async pull(): Promise<EntityEnd | null> {
    await this.#begin();
    try {
      while (this.#pass.stage !== 'done') {
        await this.#step();
        this.run.session.signal.throwIfAborted();
        this.#lane.check();
        const open = this.run.open();
        if (!open || this.#flushDue()) await this.#flush();
        if (!open && !isDone(this.#pass)) {
          await this.#lane.settled();
          return null;
        }
      }
      return await this.#finish();
    } catch (error) {
      await this.#keep(error);
      throw error;
    } finally {
      await this.#lane.quiet();
    }
  }

  /** What was read before the trouble is kept: the next try goes on from there. After a failed commit, from before that. */
  async #keep(error: unknown): Promise<void> {
    const vendors = error instanceof ExternalServiceError && !this.run.session.signal.aborted;
    if (!vendors || this.#lane.failed || isDone(this.#pass)) return;
    await this.#flush();
    await this.#lane.settled();
  }

  async #begin(): Promise<void> {
    const { store, full, adapter, integration, entity } = this.run;
    const { clock, ids, repository } = this.deps;
    const known = await store.load();
    const now = clock.now();
    this.#flushedAt = now.getTime();
    if (known.pass && !(full && known.pass.kind === 'delta')) {
      this.#pass = known.pass;
      return;
    }
    const stale = known.lastFullAt === null || now.getTime() - known.lastFullAt.getTime() >= FULL_EVERY_MS;
    const anew = full || stale || known.mappingVersion !== this.#mappingVersion;
    const whole = anew || !known.highWater || (adapter.readsAll?.(entity) ?? false);
    const from = whole || !known.highWater ? null : new Date(known.highWater.getTime() - LOOK_BACK_MS);
    this.#pass = {
      id: ids.next('pass'),
      kind: from ? 'delta' : 'full',
      from,
      to: now,
      stage: 'records',
      cursor: from ? adapter.changesFrom(from, now) : null,
      lastOrder: '',
      met: '',
      missing: [],
      gone: [],
      known: 0,
      counts: { ...NO_COUNTS },
      faults: [],
      diffs: [],
      heldDeletes: 0,
      startedAt: now,
    };
    // Counted while the first page is read.
    const pass = this.#pass;
    this.#counted = repository.activeLinks(integration.id, entity).then((many) => {
      pass.known = many;
    });
    this.#counted.catch(() => undefined);
  }

  async #step(): Promise<void> {
    if (this.#pass.stage === 'records') return this.#records();
    // What is gone is looked for among what is written.
    await Promise.all([this.#counted, this.#lane.settled()]);
    switch (this.#pass.stage) {
      case 'deleted':
        return this.#deleted();
      case 'absent':
        return this.#absent();
      default:
        return this.#deletes();
    }
  }

  async #records(): Promise<void> {
    const { adapter } = this.run;
    const pass = this.#pass;
    const compared = pass.kind === 'full' && !adapter.unordered;
    // Known links are read while the vendor's first page is.
    if (compared) this.#links.open(pass.lastOrder);
    const page = await this.#pages.read(pass.cursor);
    this.#related.push(...page.records.map(({ externalId }) => externalId));
    if (this.#related.length >= RELATED) this.#relate();
    const links = compared
      ? await this.#links.ofPage(page.records, { after: pass.lastOrder, last: page.next === null })
      : await this.#links.ofRecords(page.records);
    await this.#plan(page.records, links);
    if (pass.kind === 'full' && adapter.unordered) await this.#remember(page);
    else if (pass.kind === 'full') {
      const met = new Set(page.records.map(({ externalId }) => externalId));
      for (const link of links.values())
        if (!link.deleted && !met.has(link.externalId) && pass.missing.length < MAX_MISSING)
          pass.missing.push(link.externalId);
    }
    const last = page.records.at(-1);
    if (last && pass.kind === 'full') pass.lastOrder = adapter.orderOf(last.externalId);
    this.#advance(page.next, 'deleted');
  }

  #fetch(cursor: string | null): Promise<VendorPage> {
    const { adapter, session, entity } = this.run;
    return this.#pass.kind === 'delta'
      ? adapter.fetchChanges(session, entity, cursor ?? '', this.#fields)
      : adapter.fetchAll(session, entity, cursor, this.#fields);
  }

  #relate(): void {
    const { relate } = this.run;
    const ids = this.#related;
    this.#related = [];
    if (relate && ids.length > 0) void this.#lane.add(() => relate(ids)).catch(() => undefined);
  }

  /** Without an order, what is missing shows only once the whole list was read. */
  async #remember({ records, next }: VendorPage): Promise<void> {
    const pass = this.#pass;
    pass.met = metWith(
      pass.met,
      records.map(({ externalId }) => externalId),
    );
    if (next !== null || pass.met === null) return;
    const links = await this.#links.after('').take(null);
    pass.missing = unmetOf(pass.met, links).slice(0, MAX_MISSING);
  }

  async #deleted(): Promise<void> {
    const { adapter, session, entity } = this.run;
    const pass = this.#pass;
    const since = this.run.heldDeletes ? null : pass.from;
    const { ids, next } = await adapter.fetchDeleted(session, entity, pass.cursor, since);
    this.#pages.requireProgress(pass.cursor, next);
    this.#gone(await this.#links.ofIds(ids));
    this.#advance(next, pass.kind === 'full' ? 'absent' : 'deletes');
  }

  /** Those that are still here. */
  #gone(links: readonly RecordLink[]): void {
    const { gone } = this.#pass;
    const known = new Set(gone.map(({ externalId }) => externalId));
    for (const { externalId, deleted } of links)
      if (!deleted && !known.has(externalId) && gone.length < MAX_MISSING)
        gone.push({ externalId, erase: false });
  }

  /** A list may pass over a record that changes at that moment: each is asked for before it counts as gone. */
  async #absent(): Promise<void> {
    const { adapter, session, entity } = this.run;
    const pass = this.#pass;
    const known = new Set(pass.gone.map(({ externalId }) => externalId));
    const asked = pass.missing.filter((id) => !known.has(id)).slice(0, BY_ID);
    if (asked.length === 0) {
      pass.missing = [];
      pass.stage = 'deletes';
      return;
    }
    const found = await adapter.fetchByIds(session, entity, asked, this.#fields);
    await this.#plan(found, await this.#links.ofRecords(found));
    const there = new Set(found.map(({ externalId }) => externalId));
    // One that was merged there is gone with its values kept: they live on in another.
    const merged = new Set(found.flatMap(({ absorbed }) => absorbed ?? []));
    for (const externalId of asked)
      if (!there.has(externalId)) pass.gone.push({ externalId, erase: !merged.has(externalId) });
    const done = new Set(asked);
    pass.missing = pass.missing.filter((id) => !done.has(id));
  }

  async #deletes(): Promise<void> {
    const { confirmDeletes } = this.run;
    const pass = this.#pass;
    if (!confirmDeletes && deletesAreHeld(pass)) {
      pass.heldDeletes = pass.gone.length;
      pass.gone = [];
    }
    const now = pass.gone.splice(0, BY_ID);
    const erase = new Map(now.map((one) => [one.externalId, one.erase]));
    for (const link of await this.#links.ofIds([...erase.keys()])) {
      const erases = erase.get(link.externalId) ?? false;
      if (link.deleted || (link.conflict === 'delete' && !erases)) continue;
      this.#buffer.set(link.externalId, { kind: 'delete', link, erase: erases });
      pass.counts.deleted += 1;
    }
    if (pass.gone.length === 0) pass.stage = 'done';
  }

  async #plan(
    records: readonly VendorRecord[],
    known: ReadonlyMap<string, LinkMark | RecordLink>,
  ): Promise<void> {
    const pass = this.#pass;
    const { mappings } = this.run;
    const absorbed: string[] = [];
    const looked: MappedRecord[] = [];
    for (const [at, record] of records.entries()) {
      // Calls that are about to leave, and answers that came, are seen to in between.
      if (at % MAPPED_AT_ONCE === 0) await setImmediate();
      const mapped = await mapVendorRecord(record, mappings, this.#mappingVersion, this.deps.expressions);
      const mark = known.get(record.externalId) ?? null;
      absorbed.push(...newlyAbsorbed(mapped.absorbed, mark));
      pass.counts.processed += 1;
      if (mark && isUnchanged(mapped, mark)) pass.counts.unchanged += 1;
      else looked.push(mapped);
    }
    const links = await this.#links.whole(looked, known);
    for (const mapped of looked) {
      const planned = planRecord(mapped, links.get(mapped.externalId) ?? null);
      pass.counts[planned.counted] += 1;
      if (mapped.fault !== null && pass.faults.length < MAX_FAULTS)
        pass.faults.push({ externalId: mapped.externalId, message: mapped.fault });
      if (planned.change) this.#buffer.set(mapped.externalId, planned.change);
    }
    if (absorbed.length > 0) this.#gone(await this.#links.ofIds(absorbed));
  }

  #advance(next: string | null, stage: SyncPass['stage']): void {
    this.#pass.cursor = next;
    if (next === null) this.#pass.stage = stage;
  }

  #flushDue(): boolean {
    return this.#buffer.size >= MAX_BUFFERED || this.deps.clock.now().getTime() - this.#flushedAt >= FLUSH_MS;
  }

  /** Two commits are under way at most, one made ready while the one before it is written; the next is gathered meanwhile. */
  async #flush(): Promise<void> {
    await Promise.all([this.#counted, this.#savedBefore]);
    await this.#diff();
    this.#relate();
    const [pass, changes] = [structuredClone(this.#pass), [...this.#buffer.values()]];
    this.#buffer.clear();
    this.#flushedAt = this.deps.clock.now().getTime();
    const saved = this.run.store.save(pass, changes, this.#lane.settled());
    saved.catch(() => undefined);
    this.#savedBefore = this.#saved;
    this.#saved = this.#lane.add(() => saved);
    this.#saved.catch(() => undefined);
  }

  /** What is buffered, in words, where the store only tells. */
  async #diff(): Promise<void> {
    const diffs = await this.run.store.diffs([...this.#buffer.values()]);
    this.#pass.diffs = withinLimits([...this.#pass.diffs, ...diffs.map(shownDiff)]);
  }

  async #finish(): Promise<EntityEnd> {
    this.#relate();
    await this.#lane.settled();
    await this.#diff();
    const outward = await this.run.store.outward(this.#pass.diffs);
    this.#pass.diffs = withinLimits([...this.#pass.diffs, ...outward.map(shownDiff)]);
    const { counts, faults, diffs, heldDeletes } = this.#pass;
    const end: EntityEnd = {
      status: counts.failed > 0 || heldDeletes > 0 ? 'partial' : 'success',
      ...{ counts, faults, diffs, heldDeletes },
      message: null,
      active: this.#active(),
    };
    await this.run.store.finish(this.#pass, [...this.#buffer.values()], end, this.#mappingVersion);
    return end;
  }

  /** Counted at the beginning, and changed by what came since: as far as each was seen once, and none came back or went. */
  #active(): number | null {
    const { kind, known, counts } = this.#pass;
    const once = kind === 'full' && !this.run.adapter.unordered;
    if (counts.updated + counts.deleted > 0 || (counts.created > 0 && !once)) return null;
    return known + counts.created;
  }
}

function isDone(pass: SyncPass): boolean {
  return pass.stage === 'done';
}
