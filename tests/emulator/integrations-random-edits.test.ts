import { CRM_TYPES, CrmAccount, PERSON, type Person } from '@tests/support/crm-vendors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConflictSettings } from '@/features/crm/schema';
import { CONFLICT_STRATEGIES, type ConflictStrategy } from '@/features/integrations/sync/conflicts';
import { core } from '@/server/core';

/** Two-sided edits under each strategy at each vendor; `SOAK_EDITS=10000` for the long run, `SOAK_SEED` to see one again. */
const EDITS = Number(process.env.SOAK_EDITS ?? 12);
const SEED = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 1e9));
/** Records that are edited, all of them again and again. */
const RECORDS = Math.min(EDITS, 100);
const TOGETHER = 20;
const NAMES = PERSON.filter((name) => name !== 'email');

/** A stream of choices that the seed decides. */
class Choices {
  constructor(public seed: number) {}
  next(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  /** Some fields, with few values: both sides often say the same, and often come back to what was. */
  edit(): Person {
    const some = NAMES.filter(() => this.next() < 0.4);
    return Object.fromEntries(some.map((name) => [name, `v${'x'.repeat(this.next() * 6)}`]));
  }
}

/** A rule that cannot always be used, and one field whose collisions are a person's to settle. */
const RULE = '$length(internal) = 3 ? $error("no") : internal & external';
const field = (mergeRule: 'longest' | 'external' | 'newest') => ({
  ...{ strategy: 'field_merge' as const, mergeRule, expression: null },
});
function policyOf(strategy: ConflictStrategy): ConflictSettings {
  const fields = { firstName: field('longest'), lastName: field('external'), jobTitle: field('newest') };
  return {
    strategy,
    expression: strategy === 'custom_rule' ? RULE : null,
    entities: strategy === 'field_merge' ? { contact: { strategy: null, expression: null, fields } } : {},
  };
}

describe.each(CRM_TYPES)('%s', (type) => {
  let account: CrmAccount;
  let ids: string[];
  const sync = () => account.run({ mode: 'bidirectional' });

  beforeAll(async () => {
    account = await CrmAccount.connected(type);
    ids = account.people(RECORDS);
    await sync();
  });
  afterAll(() => account.end());

  const hereAll = () => Promise.all(ids.map((id) => account.here(id)));

  /** A person decides each, one way or the other. @returns how many there were. */
  async function decided(choices: Choices): Promise<number> {
    const { conflicts } = account.world;
    const open = await core.db.firestore
      .collection('sync_conflicts')
      .where('integrationId', '==', account.id)
      .where('status', '==', 'open')
      .get();
    // In an order that the seed decides alone.
    const found = open.docs.toSorted((a, b) =>
      String(a.get('externalId')) < String(b.get('externalId')) ? -1 : 1,
    );
    for (const doc of found) {
      const strategy = choices.next() < 0.5 ? ('external_wins' as const) : ('internal_wins' as const);
      await conflicts.resolve(account.actor, doc.id, { strategy, expectedVersion: doc.get('version') });
    }
    await account.jobs.drain(account.world);
    return found.length;
  }

  /** Edits on both sides, a sync, decisions. @returns how many a person had to settle. */
  async function round(choices: Choices, strategy: ConflictStrategy): Promise<number> {
    account.clock.advance(3_600_000);
    const now = account.clock.now().getTime();
    const before = await hereAll();
    const edits = ids.map(() => ({
      ours: choices.edit(),
      theirs: choices.edit(),
      late: choices.next() < 0.5,
    }));
    const edit = async (id: string, at: number) => {
      const { ours = {}, theirs = {}, late } = edits[at] ?? {};
      if (Object.keys(theirs).length > 0)
        account.vendor.edit(id, theirs, new Date(now + (late ? 60_000 : -60_000)));
      if (Object.keys(ours).length > 0) await account.edit(id, ours);
    };
    for (let from = 0; from < ids.length; from += TOGETHER)
      await Promise.all(ids.slice(from, from + TOGETHER).map((id, at) => edit(id, from + at)));
    account.clock.advance(120_000);
    await sync();
    const settled = await decided(choices);
    account.clock.advance(120_000);
    await sync();
    const after = await hereAll();
    for (const [at, id] of ids.entries()) {
      const about = JSON.stringify({ SEED, id, was: before[at], ...edits[at] });
      expect(account.vendor.read(id), about).toEqual(after[at]);
      for (const name of NAMES) {
        const was = before[at]?.[name];
        const [ours = was, theirs = was] = [edits[at]?.ours[name], edits[at]?.theirs[name]];
        const wanted = ours === was || ours === theirs ? theirs : theirs === was ? ours : undefined;
        if (wanted !== undefined) expect(after[at]?.[name], about).toBe(wanted);
        else if (strategy === 'external_wins') expect(after[at]?.[name], about).toBe(theirs);
        else if (strategy === 'internal_wins') expect(after[at]?.[name], about).toBe(ours);
      }
    }
    const quiet = await account.moments();
    const writes = account.vendor.writes();
    account.clock.advance(120_000);
    await sync();
    expect([await account.moments(), account.vendor.writes()]).toEqual([quiet, writes]);
    return settled;
  }

  it.each(CONFLICT_STRATEGIES)(
    `${EDITS} random edits by %s: both sides are equal once people decided, one-sided edits survive, a re-sync writes nothing`,
    { timeout: 30_000 + EDITS * 200 },
    async (strategy) => {
      const policy = { conflictPolicy: policyOf(strategy) };
      await core.db.update(account.world.syncRepository.connectionRef(account.id), policy);
      const choices = new Choices(SEED);
      const began = Date.now();
      let settled = 0;
      for (let edits = 0; edits < EDITS; edits += RECORDS) settled += await round(choices, strategy);
      if (strategy.endsWith('wins')) expect(settled).toBe(0);
      if (EDITS > 1_000)
        console.log(
          `${type}, ${strategy}: ${EDITS} edits, ${settled} by a person, ${Date.now() - began} ms, seed ${SEED}`,
        );
    },
  );
});
