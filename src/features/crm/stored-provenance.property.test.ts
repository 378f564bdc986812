import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mappingRuleSchema } from '../integrations/mapping/schema';
import { provenanceSchema } from './schema';
import { inFull, stored } from './stored-provenance';

const origin = fc.record(
  {
    source: fc.constantFrom('external' as const, 'internal' as const, 'both' as const, 'person' as const),
    actor: fc.constantFrom('hubspot', 'ada'),
    strategy: fc.constantFrom(null, 'newest_wins' as const),
    stamp: fc.constantFrom(1, 2),
    history: fc.array(fc.record({ value: fc.string(), stamp: fc.nat(9), actor: fc.constant('ada') }), {
      maxLength: 1,
    }),
    mergedFrom: fc.constantFrom('r1', 'r2'),
  },
  { requiredKeys: ['source', 'actor', 'strategy', 'stamp', 'history'] },
);
const fields = fc.dictionary(
  fc.constantFrom('email', 'address.city', 'name', 'constructor', 'n', '*'),
  origin,
);

it('what is stored is read as it was written, and once more as well', () =>
  fc.assert(
    fc.property(fields, (provenance) => {
      const read = inFull(JSON.parse(JSON.stringify(stored(provenance))));
      expect(read).toEqual(JSON.parse(JSON.stringify(provenance)));
      expect(inFull(provenance)).toEqual(provenance);
      for (const one of Object.values(read as object))
        expect(provenanceSchema.safeParse(one).success).toBe(true);
    }),
  ));

it('no mapping writes a field under the name that is used', () => {
  const rule = { externalField: 'email', internalField: '[*]', fieldType: 'string' };
  expect(mappingRuleSchema.safeParse(rule).success).toBe(false);
  expect(mappingRuleSchema.safeParse({ ...rule, internalField: 'email' }).success).toBe(true);
});

it('fields of a first sync take one entry', () => {
  const alike = { source: 'external', actor: 'hubspot', strategy: null, stamp: 7 };
  const each = { ...alike, history: [] };
  expect(stored({ email: each, name: each })).toEqual({ '[*]': [{ ...alike, fields: ['email', 'name'] }] });
  const edited = { ...each, source: 'person', history: [{ value: 'Ann', stamp: 7, actor: 'hubspot' }] };
  expect(stored({ email: each, name: edited })).toEqual({
    name: edited,
    '[*]': [{ ...alike, fields: ['email'] }],
  });
});
