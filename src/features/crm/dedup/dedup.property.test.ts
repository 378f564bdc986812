import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockIndex, blockKeysOf, blocksOf, MAX_BLOCK, partnersOf } from './blocking';
import {
  type FieldPast,
  type MergeInput,
  mergeFields,
  restoreLoser,
  restoreSurvivor,
  sameValue,
} from './merge';
import { wordsOf } from './normal';
import { DEFAULT_POLICY, type DedupEntity } from './schema';
import { scoreOf } from './score';

const word = fc.oneof(
  fc.constantFrom(
    'Anna',
    'Hanna',
    'José',
    'Jose',
    'Müller',
    'Mueller',
    'O’Neil',
    'van der Berg',
    'Łukasz',
    '李',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const fields = fc.record(
  {
    firstName: word,
    lastName: word,
    name: word,
    email: fc.oneof(
      fc.constantFrom('info@fernhill.test', 'ann.lee@gmail.com', 'Ann.Lee@fernhill.test'),
      word,
    ),
    phone: fc.oneof(fc.constantFrom('+4930123456', '+49 30 123456', '12'), word),
    companyName: word,
    website: fc.oneof(fc.webUrl(), word),
    'address.city': word,
  },
  { requiredKeys: [] },
);
const entity = fc.constantFrom<DedupEntity>('contact', 'company', 'lead');

describe('a score', () => {
  it('is the same whichever record comes first, and from 0 to 1', () => {
    fc.assert(
      fc.property(entity, fields, fields, (kind, a, b) => {
        const rules = DEFAULT_POLICY.rules[kind];
        const [one, two] = [scoreOf(kind, a, b, rules), scoreOf(kind, b, a, rules)];
        expect(one?.strong).toBe(two?.strong);
        expect(one?.score ?? -1).toBeCloseTo(two?.score ?? -1, 12);
        if (one) expect(one.score >= 0 && one.score <= 1).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of a record and itself is whole, but for half a name', () => {
    fc.assert(
      fc.property(entity, fields, (kind, a) => {
        const score = scoreOf(kind, a, { ...a }, DEFAULT_POLICY.rules[kind]);
        const half =
          kind !== 'company' && [a.firstName, a.lastName].some((part) => wordsOf(part ?? '').length === 0);
        for (const { field, similarity } of score?.evidence ?? [])
          if (field !== 'name' || !half) expect([field, similarity]).toEqual([field, 1]);
      }),
      { numRuns: 500 },
    );
  });
});

interface Row {
  id: string;
  keys: string[];
}

function indexOf(rows: readonly Row[], after: string): BlockIndex<Row> {
  return {
    having: async (keys, limit) =>
      rows.filter(({ id, keys: own }) => id > after && own.some((key) => keys.includes(key))).slice(0, limit),
  };
}

describe('blocking', () => {
  it('brings together every two that share an address, a number or a domain, and all equal ones', async () => {
    await fc.assert(
      fc.asyncProperty(entity, fc.array(fields, { maxLength: 12 }), async (kind, made) => {
        const all = [...made, ...made].map((one, at) => ({ id: String(at).padStart(3, '0'), one }));
        const rows = all.map(({ id, one }) => ({ id, keys: blockKeysOf(kind, one) }));
        for (const [at, { one }] of all.slice(0, made.length).entries()) {
          const found = await partnersOf(blocksOf(kind, one), indexOf(rows, ''));
          const twin = String(at + made.length).padStart(3, '0');
          if (blocksOf(kind, one).length > 0) expect(found.map(({ id }) => id)).toContain(twin);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('of a crowd asks for finer keys, compares few, and still finds the equal ones', async () => {
    const crowd = Array.from({ length: 2_000 }, (_, at) => ({
      firstName: `${'abcdefghij'[at % 10]}${at}`,
      lastName: `${['Meyer', 'Braun', 'Weber', 'Klein', 'Wolf', 'Koch', 'Lange', 'Huber'][at % 8]}`,
      email: `p${at}@fernhill.de`,
    }));
    const twins = [...crowd, ...crowd.slice(0, 50)];
    const rows = twins.map((one, at) => ({
      id: String(at).padStart(5, '0'),
      keys: blockKeysOf('contact', one),
    }));
    let compared = 0;
    for (const [at, one] of twins.slice(0, 50).entries()) {
      const id = String(at).padStart(5, '0');
      const found = await partnersOf(blocksOf('contact', one), indexOf(rows, id));
      compared += found.length;
      expect(found.map((row) => row.id)).toContain(String(at + crowd.length).padStart(5, '0'));
    }
    expect(compared / 50).toBeLessThan(2 * MAX_BLOCK);
  });
});

const value = fc.oneof(
  fc.constant(null),
  fc.string({ maxLength: 6 }),
  fc.integer(),
  fc.array(fc.string(), { maxLength: 2 }),
);
const names = fc.constantFrom('email', 'phone', 'firstName', 'address.city', 'tags');
const side = (id: string, platform: string) =>
  fc.dictionary(names, fc.record({ value, stamp: fc.nat(3), ours: fc.boolean() })).map((made): MergeInput => {
    const past = ({ stamp, ours }: { stamp: number; ours: boolean }): FieldPast => ({
      ...{ source: ours ? 'person' : 'external', actor: ours ? 'ada' : platform },
      ...{ strategy: null, stamp, history: [] },
    });
    const entries = Object.entries(made);
    return {
      ...{ id, platform },
      fields: Object.fromEntries(entries.map(([name, one]) => [name, one.value])),
      provenance: Object.fromEntries(entries.map(([name, one]) => [name, past(one)])),
    };
  });
const priority = fc.constantFrom<string[]>(
  [],
  ['salesforce'],
  ['irisync', 'hubspot'],
  ['hubspot', 'salesforce'],
);
const parts = (one: MergeInput) => ({ fields: one.fields, provenance: one.provenance });

describe('merging', () => {
  it('loses no value that only one had, invents none, and is undone exactly', () => {
    fc.assert(
      fc.property(side('a', 'hubspot'), side('b', 'salesforce'), priority, (a, b, order) => {
        const merged = mergeFields(a, b, order);
        for (const name of new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])) {
          const sources = [a.fields[name], b.fields[name]];
          expect(sources.some((one) => sameValue(one, merged.fields[name]))).toBe(true);
          const filled = sources.filter(
            (one) => one !== null && one !== undefined && one !== '' && !sameValue(one, []),
          );
          if (filled.length > 0) expect(filled.some((one) => sameValue(one, merged.fields[name]))).toBe(true);
        }
        const mine = restoreSurvivor(a, merged, new Set(['b']), []);
        const theirs = restoreLoser(b, []);
        expect([parts({ ...a, ...mine }), mine.kept]).toEqual([parts(a), []]);
        expect([parts({ ...b, ...theirs }), theirs.kept]).toEqual([parts(b), []]);
      }),
      { numRuns: 500 },
    );
  });

  it('of three is undone back to front, whatever went into which', () => {
    fc.assert(
      fc.property(
        ...([side('a', 'hubspot'), side('b', 'salesforce'), side('c', 'hubspot'), priority] as const),
        (a, b, c, order) => {
          const first = { ...a, ...mergeFields(a, b, order) };
          const second = mergeFields(first, c, order);
          const once = { ...a, ...restoreSurvivor(first, second, new Set(['c']), []) };
          expect(parts(once)).toEqual(parts(first));
          expect(parts({ ...a, ...restoreSurvivor(a, once, new Set(['b']), []) })).toEqual(parts(a));
          // The one that stayed goes into another one with all it took along.
          const whole = mergeFields(c, first, order);
          const foreign = new Set(['a', 'b']);
          expect(parts({ ...c, ...restoreSurvivor(c, whole, foreign, []) })).toEqual(parts(c));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('undone later keeps what people and the record’s own vendor changed since, and names it', () => {
    fc.assert(
      fc.property(side('a', 'hubspot'), side('b', 'salesforce'), names, value, (a, b, name, edit) => {
        const merged = mergeFields(a, b, []);
        const past: FieldPast = { source: 'person', actor: 'ada', strategy: null, stamp: 9, history: [] };
        const now = {
          fields: { ...merged.fields, [name]: edit },
          provenance: { ...merged.provenance, [name]: past },
        };
        const mine = restoreSurvivor(a, now, new Set(['b']), []);
        expect(mine.fields[name]).toEqual(edit);
        expect(mine.kept).toEqual(sameValue(a.fields[name], edit) ? [] : [name]);
        const theirs = restoreLoser(b, [{ was: { [name]: 'before' }, now: { [name]: 'after' } }]);
        expect([theirs.fields[name], theirs.kept]).toEqual(['after', [name]]);
      }),
      { numRuns: 300 },
    );
  });
});
