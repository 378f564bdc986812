import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAPPING_TEMPLATES } from '../mapping/templates.data';
import { SANDBOX_ENTITIES, SANDBOX_FIELDS } from './entities.data';
import { starterRecords } from './starter.data';
import { taken } from './values';

const value = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('new', 'EUR', 'a@b.example', '2026-02-30', '2026-03-29', '12.50', ' ', 'x'.repeat(600)),
  fc.double(),
  fc.constant(null),
  fc.boolean(),
  fc.constant({}),
);

describe('the sandbox CRM’s records', () => {
  it('hold only what their fields allow, and what was given before or now', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SANDBOX_ENTITIES),
        fc.integer({ min: 0, max: 66 }),
        fc.dictionary(
          fc.constantFrom('title', 'name', 'amount', 'stage', 'email', 'close_date', 'nickname'),
          value,
        ),
        (entity, index, given) => {
          const before = starterRecords().filter((one) => one.entity === entity)[index % 12]?.values ?? {};
          const { values, changed, faults } = taken(entity, before, given);
          const refused = new Set(faults.map(({ field }) => field));
          for (const [name, kept] of Object.entries(values)) {
            if (refused.has(name) || !(name in given)) {
              if (name in before && !(name in given)) expect(kept).toBe(before[name]);
              continue;
            }
            expect(kept === null || kept === String(given[name]).trim()).toBe(true);
          }
          expect(changed).toBe(
            Object.keys(values).some((name) => (values[name] ?? null) !== (before[name] ?? null)),
          );
          // What it took it takes again, and that is no change.
          if (faults.length === 0) {
            expect(taken(entity, values, values)).toMatchObject({ changed: false, faults: [] });
            for (const { name, options } of SANDBOX_FIELDS[entity])
              if (options && values[name]) expect(options.map((one) => one.value)).toContain(values[name]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    [{ title: '' }, 'title'],
    [{ amount: '1,5' }, 'amount'],
    [{ stage: 'nowhere' }, 'stage'],
    [{ close_date: '2026-02-30' }, 'close_date'],
    [{ nickname: 'x' }, 'nickname'],
    [{ owner: {} }, 'owner'],
  ])('refuse %j', (given, field) => {
    expect(taken('deal', { title: 'A deal' }, given).faults.map((one) => one.field)).toEqual([field]);
  });

  it('begin whole: everything of a fresh account is taken, and every field has a mapping', () => {
    for (const { entity, values } of starterRecords()) expect(taken(entity, {}, values).faults).toEqual([]);
    expect(
      SANDBOX_ENTITIES.map((kind) => starterRecords().filter(({ entity }) => entity === kind).length),
    ).toEqual([...[40, 12, 15]]);
    for (const entity of SANDBOX_ENTITIES) {
      const template = MAPPING_TEMPLATES.find(({ id }) => id === `sandbox_crm-${entity}`);
      expect(template?.mappings.map(({ externalField }) => externalField).sort()).toEqual(
        SANDBOX_FIELDS[entity].map(({ name }) => `attributes.${name}`).sort(),
      );
    }
  });
});
