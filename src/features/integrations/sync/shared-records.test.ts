import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredRecord } from './records';
import type { RecordLink } from './repository';
import { isAbsorbed, markAbsorbed, ownFields, withoutErased } from './shared-records';

const past = (source: 'external' | 'person', mergedFrom?: string) => ({
  ...{ source, actor: source === 'person' ? 'ada' : 'hubspot', strategy: null, stamp: 1 },
  history: [{ value: 'before', stamp: 0, actor: 'hubspot' }],
  ...(mergedFrom ? { mergedFrom } : {}),
});
const link = (id: string, recordId: string, base: Record<string, unknown> = {}) =>
  ({ id, recordId, base, role: 'primary' }) as unknown as RecordLink;
const shared = {
  fields: { email: 'own', phone: 'edited', city: 'theirs', title: 'chosen' },
  provenance: {
    email: past('external'),
    phone: past('person'),
    city: past('external', 'b'),
    title: past('person', 'b'),
  },
  mergedFrom: ['b'],
} as unknown as StoredRecord;

describe('a record that stands for several of the vendors’', () => {
  it('knows which of them were merged into it', () => {
    expect([isAbsorbed(link('a', 'a')), isAbsorbed(link('b', 'a'))]).toEqual([false, true]);
    // One that was made here first, and has an id of its own.
    const made = { ...link('c', 'here'), ownRecordId: 'here' };
    expect([isAbsorbed(made), isAbsorbed({ ...made, recordId: 'a' })]).toEqual([false, true]);
  });

  it('counts as edited here where a person did it, and not where another of them or a merge said so', () => {
    const base = { email: 'old', phone: 'old', city: 'old', title: 'old' };
    expect(ownFields(base, shared)).toEqual({ email: 'old', phone: 'edited', city: 'old', title: 'old' });
    expect(ownFields(base, { ...shared, mergedFrom: [] })).toBe(shared.fields);
  });

  it('marks what comes from one that was merged, so that undoing takes it back', () => {
    const settlement = {
      fields: { ...shared.fields, email: 'new' },
      provenance: { ...shared.provenance, email: past('external') },
      ...{ changed: true, toExternal: {}, base: {}, reviews: [] },
    };
    const marked = markAbsorbed(settlement, shared, 'b').provenance;
    expect([marked.email?.mergedFrom, marked.phone?.mergedFrom]).toEqual(['b', undefined]);
  });

  it('keeps nothing of one that is erased, neither values nor what was before them', () => {
    const [own, other] = [
      link('a', 'a', { email: 'own', phone: 'there' }),
      link('b', 'a', { city: 'theirs' }),
    ];
    const withoutOther = withoutErased(shared, other, [own], 9);
    expect(withoutOther.fields).toEqual({ email: 'own', phone: 'edited', city: null, title: null });
    expect(withoutOther.provenance.email?.history).toEqual([]);
    const withoutOwn = withoutErased(shared, own, [other], 9);
    expect(withoutOwn.fields).toEqual({ email: null, phone: null, city: 'theirs', title: 'chosen' });
    expect(withoutOwn.provenance.city).toMatchObject({ mergedFrom: 'b', history: [] });
  });

  it('has, erased one by one in any order, never a value that none of those left says', () => {
    const said = fc.dictionary(fc.constantFrom('email', 'city', 'title'), fc.constantFrom('x', 'y', null));
    const order = fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 3 });
    fc.assert(
      fc.property(fc.tuple(said, said, said), order, (bases, erased) => {
        const links = ['a', 'b', 'c'].map((id, at) => link(id, 'a', { ...bases[at] }));
        // As merging leaves it: of several that say something, any one's word.
        const told = links.flatMap(({ id, base }) =>
          Object.entries(base).flatMap(([field, value]) => (value === null ? [] : [{ id, field, value }])),
        );
        let left = {
          ...shared,
          fields: Object.fromEntries(told.map(({ field, value }) => [field, value])),
          provenance: Object.fromEntries(
            told.map(({ id, field }) => [field, past('external', id === 'a' ? undefined : id)]),
          ),
        };
        for (const [at, id] of erased.entries()) {
          const others = links.filter((one) => !erased.slice(0, at + 1).includes(one.id));
          const gone = links.find((one) => one.id === id) as RecordLink;
          left = { ...left, ...withoutErased(left, gone, others, 9) } as typeof left;
          for (const [field, value] of Object.entries(left.fields))
            expect([null, ...others.map(({ base }) => base[field])]).toContain(value);
        }
      }),
      { numRuns: 500 },
    );
  });
});
