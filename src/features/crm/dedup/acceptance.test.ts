import { type LabelledPerson, labelledPairs } from '@tests/support/duplicate-people';
import { describe, expect, it } from 'vitest';
import { type BlockIndex, blockKeysOf, blocksOf, partnersOf } from './blocking';
import { DEFAULT_POLICY } from './schema';
import { outcomeOf, scoreOf } from './score';

/** As the database has it: records by key; a full run asks for those with greater ids. */
function indexOf(people: readonly LabelledPerson[]): (after: string) => BlockIndex<LabelledPerson> {
  const byKey = new Map<string, LabelledPerson[]>();
  for (const one of people)
    for (const key of blockKeysOf('contact', one.fields)) byKey.set(key, [...(byKey.get(key) ?? []), one]);
  return (after) => ({
    having: async (keys, limit) => {
      const found = new Set(keys.flatMap((key) => byKey.get(key) ?? []));
      return [...found]
        .filter(({ id }) => id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
  });
}

describe('2 000 labelled pairs', () => {
  it('merge by themselves almost never wrongly, are found in review, and hardly anybody is compared', async () => {
    const pairs = labelledPairs(20_261_121, 2_000);
    const people = pairs.flatMap(({ left, right }) => [left, right]).sort((a, b) => (a.id < b.id ? -1 : 1));
    const index = indexOf(people);
    let comparisons = 0;
    const outcomes = new Map<string, string>();
    const wrong: unknown[] = [];
    let merged = 0;
    for (const one of people) {
      for (const other of await partnersOf(blocksOf('contact', one.fields), index(one.id))) {
        comparisons += 1;
        const score = scoreOf('contact', one.fields, other.fields, DEFAULT_POLICY.rules.contact);
        const outcome = score ? outcomeOf(score, DEFAULT_POLICY) : 'none';
        outcomes.set(`${one.id} ${other.id}`, outcome);
        if (outcome !== 'merge') continue;
        merged += 1;
        if (one.personId !== other.personId) wrong.push([one.fields, other.fields, score?.score]);
      }
    }
    const outcomeFor = ({ left, right }: (typeof pairs)[number]) =>
      outcomes.get([left.id, right.id].sort().join(' ')) ?? 'none';
    const same = pairs.filter((pair) => pair.same);
    const found = same.filter((pair) => outcomeFor(pair) !== 'none');
    const all = (people.length * (people.length - 1)) / 2;
    expect(1 - wrong.length / merged).toBeGreaterThanOrEqual(0.99);
    expect(merged).toBeGreaterThan(same.length / 3);
    expect(found.length / same.length).toBeGreaterThanOrEqual(0.9);
    expect(comparisons / all).toBeLessThanOrEqual(0.01);
  });
});
