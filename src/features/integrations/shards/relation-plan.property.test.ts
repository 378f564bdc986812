import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { VendorAssociation } from '../providers/types';
import { planRelations } from './relation-plan';

const end = fc.constantFrom('1', '2', '3');
const association = fc.record({
  externalId: end,
  entity: fc.constantFrom('company', 'contact'),
  toExternalId: end,
  kind: fc.constantFrom('company', 'contact'),
});
const nameOf = ({ externalId, entity, toExternalId, kind }: VendorAssociation) =>
  [externalId, entity, toExternalId, kind].join();
const asRow = (one: VendorAssociation) => ({
  ...{ id: nameOf(one), fromExternalId: one.externalId, toEntity: one.entity },
  ...{ toExternalId: one.toExternalId, kind: one.kind },
});
const distinct = fc.uniqueArray(association, { selector: nameOf });

it('makes what is known equal to what the vendor says, whatever was known and however often it says so', () => {
  fc.assert(
    fc.property(fc.array(association), distinct, (found, known) => {
      const { add, remove } = planRelations(found, known.map(asRow));
      const removed = new Set(remove.map(({ id }) => id));
      const now = [...known.filter((one) => !removed.has(nameOf(one))), ...add];
      expect(now.map(nameOf).sort()).toEqual([...new Set(found.map(nameOf))].sort());
      expect(planRelations(found.toReversed(), now.map(asRow))).toEqual({ add: [], remove: [] });
    }),
  );
});
