import { describe, expect, it } from 'vitest';
import type { ShardRule } from '../../shards/schema';
import { draftsOf, moved, nextId, rulesOf } from './draft';

const RULE: ShardRule = {
  ...{ key: 'employer', kind: 'company', condition: null, identity: 'name' },
  fields: { name: 'companyName', 'address.city': 'address.city' },
};

describe('shards while they are written', () => {
  it('come back as they were', () => {
    expect(rulesOf(draftsOf([RULE]))).toEqual([RULE]);
  });

  it('leave out fields without a name or a source, and a condition without words', () => {
    const [draft] = draftsOf([RULE]);
    if (!draft) throw new Error('no draft');
    const fields = [
      { id: 0, target: ' name ', source: 'companyName' },
      { id: 1, target: '', source: 'email' },
      { id: 2, target: 'phone', source: '' },
    ];
    expect(rulesOf([{ ...draft, condition: '  ', fields }])).toEqual([
      { ...RULE, condition: null, fields: { name: 'companyName' } },
    ]);
  });

  it('change places with their neighbours, and stay where there is none', () => {
    expect(moved(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c']);
    expect([nextId([]), nextId([{ id: 4 }, { id: 1 }])]).toEqual([0, 5]);
  });
});
