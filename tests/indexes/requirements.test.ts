import { describe, expect, it } from 'vitest';
import { indexFor, needOf, type StructuredQuery, serves, singleFieldsOf } from './requirements';

const filter = (path: string, op = 'EQUAL') => ({ fieldFilter: { field: { fieldPath: path }, op } });
const query = (
  filters: [string, string?][],
  orders: [string, string?][] = [],
  allDescendants = false,
): StructuredQuery => ({
  from: [{ collectionId: 'posts', allDescendants }],
  where: { compositeFilter: { filters: filters.map(([path, op]) => filter(path, op)) } },
  orderBy: orders.map(([fieldPath, direction]) => ({
    field: { fieldPath },
    direction: direction ?? 'ASCENDING',
  })),
});

describe('needOf', () => {
  it('equalities alone are merged from single-field indexes', () => {
    expect(needOf(query([['a'], ['b'], ['c', 'IN']]))).toBeNull();
  });

  it('one ordered or ranged field alone has its single-field index', () => {
    expect(needOf(query([['a', 'LESS_THAN']], [['a'], ['__name__']]))).toBeNull();
    expect(needOf(query([], [['a', 'DESCENDING']]))).toBeNull();
  });

  it('an order beside an equality needs a composite', () => {
    const need = needOf(
      query(
        [['org'], ['at', 'GREATER_THAN']],
        [
          ['at', 'DESCENDING'],
          ['__name__', 'DESCENDING'],
        ],
      ),
    );
    expect(need && indexFor(need)).toEqual({
      collectionGroup: 'posts',
      queryScope: 'COLLECTION',
      fields: [
        { fieldPath: 'org', order: 'ASCENDING' },
        { fieldPath: 'at', order: 'DESCENDING' },
      ],
    });
  });

  it('array-contains beside an equality, and any collection group, need one', () => {
    expect(needOf(query([['org'], ['tags', 'ARRAY_CONTAINS']]))).not.toBeNull();
    expect(needOf(query([['org']], [], true))).not.toBeNull();
  });
});

describe('singleFieldsOf', () => {
  it('names the fields a query without a composite index relies on', () => {
    const fields = (asked: StructuredQuery) => singleFieldsOf(asked).map(({ fieldPath }) => fieldPath);
    expect(fields(query([['expiresAt', 'LESS_THAN_OR_EQUAL']]))).toEqual(['expiresAt']);
    expect(fields(query([['a'], ['b']]))).toEqual(['a', 'b']);
    expect(fields(query([['a'], ['at', 'LESS_THAN']]))).toEqual([]);
  });
});

describe('serves', () => {
  const need = needOf(query([['a'], ['b'], ['at', 'LESS_THAN']], [['at', 'DESCENDING']]));
  const index = (...fields: [string, 'ASCENDING' | 'DESCENDING'][]) => ({
    collectionGroup: 'posts',
    queryScope: 'COLLECTION' as const,
    fields: fields.map(([fieldPath, order]) => ({ fieldPath, order })),
  });

  it('takes equalities in any order and the rest exactly', () => {
    if (!need) throw new Error('expected a need');
    expect(serves(index(['b', 'ASCENDING'], ['a', 'ASCENDING'], ['at', 'DESCENDING']), need)).toBe(true);
    expect(serves(index(['a', 'ASCENDING'], ['b', 'ASCENDING'], ['at', 'ASCENDING']), need)).toBe(false);
    expect(serves(index(['a', 'ASCENDING'], ['at', 'DESCENDING'], ['b', 'ASCENDING']), need)).toBe(false);
    expect(serves(index(['a', 'ASCENDING'], ['b', 'ASCENDING']), need)).toBe(false);
  });
});
