import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../sync/values';
import {
  type Contribution,
  identityOf,
  isDue,
  newest,
  planShards,
  type ShardLink,
  type ShardStep,
  shardFields,
  type WantedShard,
} from './plan';

const KEYS = ['company', 'lead', 'first_touch', 'former'] as const;
const text = fc.constantFrom('', 'Ann', 'Fernhill', 'lead');

const wantedShard: fc.Arbitrary<WantedShard> = fc
  .record({
    key: fc.constantFrom(...KEYS),
    kind: fc.constantFrom('company' as const, 'lead' as const, 'activity' as const),
    state: fc.constantFrom('holds' as const, 'ends' as const, 'unknown' as const),
    fields: fc.record({ name: text }),
    home: fc.constantFrom('home-1', 'home-2'),
  })
  .map((shard) => ({ ...shard, hash: canonical([shard.kind, shard.fields]) }));
const wanted = fc.uniqueArray(wantedShard, { selector: ({ key }) => key, maxLength: 4 });
const links: fc.Arbitrary<ShardLink[]> = fc
  .uniqueArray(
    fc.record({
      shardKey: fc.constantFrom(...KEYS),
      recordId: fc.constantFrom('home-1', 'home-2', 'merged-into'),
      home: fc.constantFrom('home-1', 'home-2'),
      fieldHash: fc.constantFrom('', 'old'),
      base: fc.constantFrom({}, { name: 'Ann' }),
      deleted: fc.boolean(),
    }),
    { selector: ({ shardKey }) => shardKey },
  )
  .map((all) => all.map((link) => ({ ...link, id: idOf(link.shardKey) })));
const gone = fc.constantFrom(null, 'deleted' as const, 'erased' as const);

const idOf = (key: string) => `link-${key}`;

/** What is known once the steps are written. */
function afterwards(known: readonly ShardLink[], steps: readonly ShardStep[]): ShardLink[] {
  const all = new Map(known.map((link) => [link.id, link]));
  for (const step of steps) {
    const link = all.get(step.linkId);
    if (step.do === 'drop') {
      const base = step.erase ? {} : link?.base;
      if (link) all.set(step.linkId, { ...link, deleted: true, fieldHash: '', base: base ?? {} });
      continue;
    }
    const { key, hash, home, fields: base } = step.shard;
    all.set(step.linkId, {
      ...{
        id: step.linkId,
        shardKey: key,
        recordId: step.recordId,
        home,
        base,
        fieldHash: hash,
        deleted: false,
      },
    });
  }
  return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe('the plan of a record’s shards', () => {
  it('leads to nothing a second time, and to the same whatever the order of rules and links', () => {
    fc.assert(
      fc.property(wanted, links, gone, (shards, known, end) => {
        const once = afterwards(known, planShards(shards, known, idOf, end));
        expect(planShards(shards, once, idOf, end)).toEqual([]);
        const turned = planShards(shards.toReversed(), known.toReversed(), idOf, end);
        expect(afterwards(known, turned)).toEqual(once);
      }),
    );
  });

  it('leaves exactly the shards that hold, and those that nobody can tell of as they were', () => {
    fc.assert(
      fc.property(wanted, links, gone, (shards, known, end) => {
        const living = afterwards(known, planShards(shards, known, idOf, end)).filter(
          ({ deleted }) => !deleted,
        );
        const before = new Set(known.filter(({ deleted }) => !deleted).map(({ shardKey }) => shardKey));
        const due = shards
          .filter(({ key, state }) => state === 'holds' || (state === 'unknown' && before.has(key)))
          .map(({ key }) => key);
        expect(new Set(living.map(({ shardKey }) => shardKey))).toEqual(new Set(end === null ? due : []));
      }),
    );
  });

  it('leaves no value of what was removed for good, deleted before or not', () => {
    fc.assert(
      fc.property(wanted, links, (shards, known) => {
        const left = afterwards(known, planShards(shards, known, idOf, 'erased'));
        expect(left.filter(({ base }) => Object.keys(base).length > 0)).toEqual([]);
      }),
    );
  });

  it('keeps to the record that a shard was merged into, until it becomes another one', () => {
    const known = {
      ...{ id: idOf('company'), shardKey: 'company', recordId: 'merged-into', home: 'home-1' },
      ...{ fieldHash: 'old', base: {}, deleted: false },
    };
    const shard = { key: 'company', kind: 'company', state: 'holds', fields: {}, hash: 'new' } as const;
    expect(planShards([{ ...shard, home: 'home-1' }], [known], idOf, null)).toMatchObject([
      { do: 'put', recordId: 'merged-into', leaves: null },
    ]);
    expect(planShards([{ ...shard, home: 'home-2' }], [known], idOf, null)).toMatchObject([
      { do: 'put', recordId: 'home-2', leaves: 'merged-into' },
    ]);
  });
});

describe('a shard that several records share', () => {
  const contribution: fc.Arbitrary<Contribution> = fc
    .record({ fields: fc.record({ name: text, city: text }), stamp: fc.integer({ min: 1, max: 4 }) })
    .map((one) => ({ ...one, hash: canonical(one.fields) }));
  /** As records are written: one after the other, in batches of whatever size. */
  const written = (batches: readonly Contribution[][]) =>
    batches.reduce<(Contribution & { deleted: boolean }) | null>((known, batch) => {
      const best = newest(batch);
      return best && isDue(known, best) ? { ...best, deleted: false } : known;
    }, null);

  it('has the newest values, in whatever order and however cut they come', () => {
    fc.assert(
      fc.property(
        fc
          .array(contribution, { minLength: 1, maxLength: 8 })
          .chain((all) =>
            fc.tuple(
              fc.constant(all),
              fc.shuffledSubarray(all, { minLength: all.length }),
              fc.integer({ min: 1, max: 8 }),
            ),
          ),
        ([all, shuffled, size]) => {
          const cut = Array.from({ length: Math.ceil(shuffled.length / size) }, (_, at) =>
            shuffled.slice(at * size, (at + 1) * size),
          );
          expect(written(cut)?.fields).toEqual(newest(all)?.fields);
        },
      ),
    );
  });
});

describe('what a shard takes', () => {
  it('is what has a value; an activity says what happened', () => {
    const fields = { text: 'stage', note: 'note' };
    expect(shardFields({ key: 'a', kind: 'lead', fields }, { stage: 'lead', note: '' })).toEqual({
      text: 'lead',
    });
    expect(shardFields({ key: 'a', kind: 'activity', fields }, { stage: 'lead' })).toEqual({
      ...{ text: 'lead', kind: 'a' },
    });
    expect(shardFields({ key: 'a', kind: 'activity', fields }, {})).toEqual({});
  });

  it('is told apart by one field, however that is written', () => {
    expect(identityOf({ identity: 'name' }, { name: '  FernHill ' })).toBe('fernhill');
    expect(identityOf({ identity: 'name' }, { name: ' ' })).toBeNull();
    expect(identityOf({ identity: null }, { name: 'Fernhill' })).toBeNull();
  });
});
