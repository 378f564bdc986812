import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CONFLICT_STRATEGIES, type ConflictPolicy, type Reconciliation, type SideState } from './conflicts';
import { agreedAfterPush, chosen, settle } from './settle';
import { canonical, type Fields, fieldOf } from './values';

const NAMES = ['name', 'email', 'stage', 'tags'];
const value = fc.oneof(
  fc.constantFrom<unknown>('a', 'bb', 1, null),
  fc.uniqueArray(fc.constantFrom('x', 'y')),
);
const fields = fc.dictionary(fc.constantFrom(...NAMES), value);
const strategy = fc.constantFrom(...CONFLICT_STRATEGIES);
const policy: fc.Arbitrary<ConflictPolicy> = fc.record({
  connection: strategy,
  fields: fc.dictionary(fc.constantFrom(...NAMES), strategy),
});
const edit = fc.record({ set: fields, stamp: fc.integer({ min: 0, max: 5_000 }) });
const custom = fc.dictionary(
  fc.constantFrom(...NAMES),
  value.map((made) => ({ ok: true as const, value: made })),
);
const ALL = new Set(NAMES);

const side = (all: Fields, stamp: number, actor: string): SideState => ({
  ...{ fields: all, deleted: false, stamp, stamps: {}, actor },
});

/** Both sides with what they agreed on, as the vendor, the record and the link keep them. */
class World {
  writes = 0;

  constructor(
    public base: Fields,
    public theirs: Fields,
    public ours: Fields,
    readonly stamps: { theirs: number; ours: number },
    readonly rules: Pick<Reconciliation, 'policy' | 'custom'>,
  ) {}

  settled() {
    const input = {
      ...{ base: this.base, ...this.rules },
      external: side(this.theirs, this.stamps.theirs, 'vendor'),
      internal: side(this.ours, this.stamps.ours, 'ada'),
    };
    return settle(input, { fields: { ...this.ours }, provenance: {} }, ALL);
  }

  /** What a reading writes: our side, and what is agreed. */
  pull() {
    const { fields: ours, base, changed } = this.settled();
    if (changed) this.writes += 1;
    [this.ours, this.base] = [ours, base];
  }

  /** What a push writes: the same, and the vendor's side. */
  push() {
    const settlement = this.settled();
    if (settlement.changed || Object.keys(settlement.toExternal).length > 0) this.writes += 1;
    this.theirs = { ...this.theirs, ...settlement.toExternal };
    [this.ours, this.base] = [settlement.fields, agreedAfterPush(settlement)];
    return settlement.reviews;
  }
}

it('5 000 two-sided edits, read and pushed in any order: sides agree once reviews close, and nothing is written after', () => {
  const given = fc.record({
    ...{ base: fields, theirs: edit, ours: edit, policy, custom },
    steps: fc.array(fc.constantFrom('pull' as const, 'push' as const), { maxLength: 4 }),
    sides: fc.infiniteStream(fc.constantFrom('external' as const, 'internal' as const)),
  });
  fc.assert(
    fc.property(given, ({ base, theirs, ours, policy: strategies, custom: made, steps, sides }) => {
      const world = new World(
        base,
        { ...base, ...theirs.set },
        { ...base, ...ours.set },
        { theirs: theirs.stamp, ours: ours.stamp },
        { policy: strategies, custom: made },
      );
      for (const step of steps) world[step]();
      const reviews = world.push();
      const choices = Object.fromEntries(reviews.map(({ field }) => [field, sides.next().value]));
      const wanted = Object.fromEntries(
        reviews.map(({ field, external, internal }) => [
          field,
          choices[field] === 'external' ? external : internal,
        ]),
      );
      const decided = chosen(reviews, choices);
      world.base = { ...world.base, ...decided.base };
      world.ours = { ...world.ours, ...decided.toInternal };
      expect(world.push()).toEqual([]);
      for (const name of NAMES)
        expect(canonical(fieldOf(world.theirs, name))).toBe(canonical(fieldOf(world.ours, name)));
      for (const [name, one] of Object.entries(wanted))
        expect(canonical(fieldOf(world.ours, name))).toBe(canonical(one));
      const before = world.writes;
      world.pull();
      world.push();
      expect(world.writes).toBe(before);
    }),
    { numRuns: 5_000 },
  );
});
