import { describe, expect, it } from 'vitest';
import { diffOf, flatten, type MappedRecord } from './mapped';
import { deletesAreHeld, planRecord } from './plan';
import type { RecordLink } from './repository';
import { NO_COUNTS } from './schema';
import { nextSlot } from './service';

const mapped = (
  fields: Record<string, unknown>,
  hash = 'new',
  fault: string | null = null,
): MappedRecord => ({
  ...{ externalId: '1', updatedAt: new Date(0), fields, hash, issues: [], absorbed: [], fault },
});
const link = (base: Record<string, unknown>, more: Partial<RecordLink> = {}): RecordLink =>
  ({ fieldHash: 'old', base, deleted: false, aliases: [], ...more }) as RecordLink;

describe('what a record’s reading leads to', () => {
  it.each([
    ['a new one is created', mapped({ a: 1 }), null, 'create', 'created'],
    ['an equal one is left alone', mapped({ a: 1 }, 'old'), link({ a: 1 }), undefined, 'unchanged'],
    [
      'equal values under another mapping only note that',
      mapped({ a: 1 }),
      link({ a: 1 }),
      'touch',
      'unchanged',
    ],
    ['another value is an update', mapped({ a: 2 }), link({ a: 1 }), 'update', 'updated'],
    [
      'one that comes back is an update',
      mapped({ a: 1 }, 'old'),
      link({ a: 1 }, { deleted: true }),
      'update',
      'updated',
    ],
    [
      'one that absorbed another is noted once',
      { ...mapped({ a: 1 }, 'old'), absorbed: ['2'] },
      link({ a: 1 }),
      'touch',
      'unchanged',
    ],
    [
      'and then left alone',
      { ...mapped({ a: 1 }, 'old'), absorbed: ['2'] },
      link({ a: 1 }, { aliases: ['2'] }),
      undefined,
      'unchanged',
    ],
    [
      'one that cannot be taken over fails alone',
      mapped({}, 'new', 'no name'),
      link({ a: 1 }),
      undefined,
      'failed',
    ],
  ] as const)('%s', (_, record, known, kind, counted) => {
    const planned = planRecord(record, known);
    expect([planned.change?.kind, planned.counted]).toEqual([kind, counted]);
  });

  it('an update names the fields that differ, and those that went', () => {
    expect(diffOf({ a: 1, b: [1], c: 'x' }, { a: 1, b: [2] })).toEqual([
      { field: 'b', before: [1], after: [2] },
      { field: 'c', before: 'x', after: null },
    ]);
  });

  it('nested values have places of their own; lists are one value', () => {
    expect(
      flatten({
        name: 'x',
        address: { city: 'Ulm', geo: { lat: 1 } },
        tags: ['a'],
        none: undefined,
        empty: {},
      }),
    ).toEqual({ name: 'x', 'address.city': 'Ulm', 'address.geo.lat': 1, tags: ['a'], none: null, empty: {} });
  });
});

describe('losing records', () => {
  const losing = (gone: number, known: number, deleted = 0) =>
    deletesAreHeld({
      gone: Array.from({ length: gone }, () => ({ externalId: 'x', erase: false })),
      known,
      counts: { ...NO_COUNTS, deleted },
    });

  it.each([
    [50, 60, 0, false],
    [51, 254, 0, true],
    [51, 255, 0, false],
    [60, 1_000, 0, false],
    [201, 1_000, 0, true],
    // Part of them is deleted already: the rest of the same run is judged as the whole was.
    [100, 1_000, 100, false],
    [100, 1_000, 101, true],
  ])('%i gone of %i, %i deleted before: held %s', (gone, known, deleted, held) => {
    expect(losing(gone, known, deleted)).toBe(held);
  });
});

describe('the next slot', () => {
  const at = (hours: number) => new Date(hours * 3_600_000);
  it.each([
    [0, 1, 0, 1],
    [0, 1, 0.5, 1],
    [0, 1, 5.5, 6],
    [2, 6, 3, 8],
    [0, 24, 71, 72],
  ])('from %i every %i at %d is %i', (from, every, now, next) => {
    expect(nextSlot(at(from), every, at(now))).toEqual(at(next));
  });
});
