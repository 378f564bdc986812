import { Client } from '@hubspot/api-client';
import { integrationWorld, TestJobs } from '@tests/support/integrations';
import type { DocumentData } from 'firebase-admin/firestore';
import { FixedClock } from '@/core/time/clock';
import type { Expressions } from '@/features/integrations/mapping/mapper';
import type { DataMapping } from '@/features/integrations/mapping/repository';
import { mapVendorRecord } from '@/features/integrations/sync/mapped';
import type { ResultView } from '@/features/integrations/sync/schema';
import { core } from '@/server/core';
import { type BenchRow, limitRow, median, timed } from './harness';
import { type BenchHubSpot, startHubSpot } from './hubspot-vendor';
import { ANSWER_MS, CHANGED, contactOf, RECORDS, TARGETS } from './sync.data';

const PAGE = 100;
const PROPERTIES = Object.keys(contactOf(0));

/** The machine's time, which waiting jobs may move on. */
class RunningClock extends FixedClock {
  #ahead = 0;
  constructor() {
    super(new Date());
  }
  override now(): Date {
    return new Date(Date.now() + (this.#ahead ?? 0));
  }
  override set(now: Date | string): void {
    this.#ahead = new Date(now).getTime() - Date.now();
  }
}

/** One organisation that is connected to the account. */
class Connected {
  readonly clock = new RunningClock();
  readonly jobs = new TestJobs();
  readonly world: ReturnType<typeof integrationWorld>;
  readonly organizationId = `bench-${core.ids.next()}`;
  readonly #actor = { organizationId: this.organizationId, userId: 'ada', displayName: 'Ada' } as never;
  #id = '';

  constructor(readonly vendor: BenchHubSpot) {
    this.world = integrationWorld({ clock: this.clock, fake: vendor, jobs: this.jobs });
  }

  async connect(): Promise<this> {
    const answer = await this.world.service.connect(this.#actor, 'hubspot', { apiKey: this.vendor.apiKey });
    if (!('integration' in answer)) throw new Error('not connected');
    this.#id = answer.integration.id;
    return this;
  }

  async sync(): Promise<ResultView> {
    const { sync } = this.world;
    const body = { mode: 'pull' as const, full: true, dryRun: false, confirmDeletes: false };
    const { taskId } = await sync.start(this.#actor, this.#id, { ...body, entities: ['contact'] });
    await this.jobs.drain(this.world);
    const { items } = await sync.results(this.organizationId, { integrationId: this.#id, limit: 10 });
    const result = items.find((one) => one.taskId === taskId);
    if (result?.status !== 'success') throw new Error(`The sync ended as ${JSON.stringify(result)}.`);
    return result;
  }

  /** How many documents of this connection were written since. */
  async writtenSince(at: Date): Promise<{ records: number; others: number }> {
    const count = async (collection: string, field: string) => {
      const mine = core.db.firestore.collection(collection).where(field, '==', this.#id);
      return (await mine.get()).docs.filter(({ updateTime }) => updateTime.toDate() >= at).length;
    };
    return {
      records: await count('crm_records', 'connectionId'),
      others:
        (await count('record_links', 'integrationId')) + (await count('sync_conflicts', 'integrationId')),
    };
  }
}

/** The vendor's own client in a loop, page by page. */
async function bare(
  vendor: BenchHubSpot,
  take: (page: readonly { id: string; properties: DocumentData }[]) => Promise<unknown>,
): Promise<number> {
  const { basicApi } = new Client({ accessToken: vendor.apiKey, basePath: vendor.url }).crm.contacts;
  let after: string | undefined;
  let many = 0;
  do {
    const { results, paging } = await basicApi.getPage(PAGE, after, PROPERTIES);
    await take(results);
    many += results.length;
    after = paging?.next?.after;
  } while (after);
  return many;
}

let copies = 0;
/** As little as a first import can do: what was read, as it was read. */
async function copied(vendor: BenchHubSpot): Promise<void> {
  copies += 1;
  const place = core.db.firestore.collection(`bench_contacts_${copies}`);
  const many = await bare(vendor, async (page) => {
    const batch = core.db.firestore.batch();
    for (const { id, properties } of page) batch.set(place.doc(id), properties);
    await batch.commit();
  });
  if (many !== RECORDS) throw new Error(`The loop read ${many} records.`);
}

/** Without what rounds before left behind: the emulator has no indexes, and looks through every document there is. */
async function emptied(): Promise<void> {
  const { projectId } = core.db.firestore as unknown as { projectId: string };
  const place = `projects/${projectId}/databases/(default)/documents`;
  const url = `http://${process.env.FIRESTORE_EMULATOR_HOST}/emulator/v1/${place}`;
  const answer = await fetch(url, { method: 'DELETE' });
  if (!answer.ok) throw new Error(`The emulator could not be emptied: ${answer.status}.`);
}

interface Pair {
  name: string;
  target: number;
  vendor: BenchHubSpot;
  rounds: number;
  /** Not measured. */
  before?(): Promise<unknown>;
  baseline(): Promise<unknown>;
  measured(): Promise<unknown>;
}

type Way = 'baseline' | 'measured';

async function rounds({ before, ...pair }: Pair, many: number): Promise<Record<Way, number>> {
  const times = { baseline: [] as number[], measured: [] as number[] };
  for (let round = 0; round < many; round += 1) {
    const order: Way[] = round % 2 === 0 ? ['baseline', 'measured'] : ['measured', 'baseline'];
    for (const way of order) {
      await before?.();
      times[way].push(await timed(pair[way]));
    }
  }
  return { baseline: median(times.baseline), measured: median(times.measured) };
}

/** Records a second of both in turns, ours as a share of the loop's; and the share where the vendor takes no time at all. */
async function rateRow(pair: Pair): Promise<BenchRow> {
  const { name, target, vendor } = pair;
  const atOnce = await rounds(pair, 1);
  await vendor.answerAfter(ANSWER_MS);
  const distant = await rounds(pair, pair.rounds);
  await vendor.answerAfter(0);
  const facts = {
    baselinePerSecond: RECORDS / (distant.baseline / 1_000),
    perSecond: RECORDS / (distant.measured / 1_000),
    rounds: pair.rounds,
    ratioAnsweredAtOnce: atOnce.baseline / atOnce.measured,
  };
  return limitRow(name, 'ratio', distant.baseline / distant.measured, target, facts, 'higher');
}

/** @returns the row, and the connection of the last import. */
async function firstImport(vendor: BenchHubSpot): Promise<[BenchRow, Connected]> {
  let connected = new Connected(vendor);
  const row = await rateRow({
    name: 'sync: first import of 10 000 contacts, rate ÷ HubSpot’s client with bare batch writes',
    target: TARGETS.firstImport,
    ...{ vendor, rounds: 3 },
    before: async () => {
      await emptied();
      connected = await new Connected(vendor).connect();
    },
    baseline: () => copied(vendor),
    measured: async () => {
      const { recordsCreated } = await connected.sync();
      if (recordsCreated !== RECORDS) throw new Error(`${recordsCreated} records were created.`);
    },
  });
  return [row, connected];
}

async function unchanged(vendor: BenchHubSpot, connected: Connected): Promise<BenchRow[]> {
  const before = new Date();
  const row = await rateRow({
    name: 'sync: whole pass over 10 000 unchanged contacts, rate ÷ HubSpot’s client that only reads',
    target: TARGETS.unchanged,
    ...{ vendor, rounds: 3 },
    baseline: () => bare(vendor, async () => undefined),
    measured: async () => {
      const { recordsUnchanged } = await connected.sync();
      if (recordsUnchanged !== RECORDS) throw new Error(`${recordsUnchanged} records were unchanged.`);
    },
  });
  const { records, others } = await connected.writtenSince(before);
  const none = 'sync: records, links and conflicts written by passes over 10 000 unchanged contacts';
  return [row, limitRow(none, 'documents', records + others, 0, { passes: 4 })];
}

async function onePercent(vendor: BenchHubSpot, connected: Connected): Promise<BenchRow> {
  await vendor.edit(CHANGED);
  const before = new Date();
  const { recordsUpdated } = await connected.sync();
  if (recordsUpdated !== CHANGED) throw new Error(`${recordsUpdated} records were updated.`);
  const { records, others } = await connected.writtenSince(before);
  const name = 'sync: records written when 1 % of 10 000 contacts changed';
  return limitRow(name, 'records', records, TARGETS.recordWrites, { links: others });
}

/** Nothing here is an expression. */
const none: Expressions = {
  evaluate: () => Promise.reject(new Error('There is no expression.')),
  matches: () => Promise.reject(new Error('There is no pattern.')),
};
const TYPES = ['string', 'email', 'phone', 'integer', 'datetime', 'boolean'] as const;
const SAMPLES = ['Ann Miller', 'ann@customer.test', '+14155550123', '42', '2026-03-02T09:00:00Z', 'true'];

function mappingsAndSource() {
  const rules = Array.from({ length: TARGETS.mappings }, (_, at) => ({
    ...{ id: `m${at}`, version: 1, integrationType: 'hubspot', entityType: 'contact' },
    externalField: `properties.p${at}`,
    internalField: at % 5 === 0 ? `group.f${at}` : `f${at}`,
    fieldType: TYPES[at % TYPES.length],
    ...{ isRequired: false, defaultValue: null, transformation: null, validation: {}, language: null },
  })) as unknown as DataMapping[];
  const properties = Object.fromEntries(rules.map((_, at) => [`p${at}`, SAMPLES[at % SAMPLES.length]]));
  return { rules, properties };
}

async function mapping(): Promise<BenchRow> {
  const { rules, properties } = mappingsAndSource();
  const many = 2_000;
  const rates: number[] = [];
  for (let round = -1; round < 5; round += 1) {
    const milliseconds = await timed(async () => {
      for (let at = 0; at < many; at += 1) {
        const record = { externalId: String(at), data: { properties }, updatedAt: new Date(0) };
        const { issues } = await mapVendorRecord(record, rules, 'v', none);
        if (issues.length > 0) throw new Error(JSON.stringify(issues));
      }
    });
    if (round >= 0) rates.push(many / (milliseconds / 1_000));
  }
  const name = 'sync: records a second through 30 plain mappings and their digest, on one core';
  return limitRow(name, 'records/s', median(rates), TARGETS.mappedPerSecond, { rounds: 5 }, 'higher');
}

/** How quick syncing is, and that it writes nothing it need not. */
export async function run(): Promise<BenchRow[]> {
  const rows = [await mapping()];
  const vendor = await startHubSpot(RECORDS);
  try {
    const [imported, connected] = await firstImport(vendor);
    rows.push(imported, ...(await unchanged(vendor, connected)));
    rows.push(await onePercent(vendor, connected));
    return rows;
  } finally {
    vendor.stop();
  }
}
