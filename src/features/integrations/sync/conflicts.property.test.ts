import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONFLICT_STRATEGIES,
  type ConflictPolicy,
  collisionsOf,
  type MergeRule,
  type Outcome,
  type Reconciliation,
  reconcile,
  SAME_MOMENT_MS,
  type SideState,
  strategyFor,
} from './conflicts';
import { HISTORY, type Provenance, trace } from './provenance';
import { canonical, fieldOf, same } from './values';

const NAMES = ['name', 'email', 'stage', 'tags', 'amount'];
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>('a', 'bb', 'ccc', 1, 2, null) },
  { weight: 2, arbitrary: fc.uniqueArray(fc.constantFrom('x', 'y', 'z')) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
);
const fields = fc.dictionary(fc.constantFrom(...NAMES), value);
const stamp = fc.integer({ min: 0, max: 5_000 });
const edits = fc.record({
  set: fields,
  stamp,
  stamps: fc.dictionary(fc.constantFrom(...NAMES), stamp),
  deleted: fc.boolean(),
});
const strategy = fc.constantFrom(...CONFLICT_STRATEGIES);
const RULES: MergeRule[] = ['external', 'internal', 'newest', 'union', 'longest', 'max', 'min'];
const policy: fc.Arbitrary<ConflictPolicy> = fc.record(
  {
    connection: strategy,
    entity: strategy,
    fields: fc.dictionary(fc.constantFrom(...NAMES), strategy),
    mergeRules: fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...RULES)),
  },
  { requiredKeys: ['connection'] },
);
const custom = fc.dictionary(
  fc.constantFrom(...NAMES),
  fc.oneof(
    value.map((made) => ({ ok: true as const, value: made })),
    fc.constant({ ok: false as const, error: 'It failed.' }),
  ),
);

/** A base with edits on both sides: of other fields, of the same, to the same value. */
function world(deletions: boolean): fc.Arbitrary<Reconciliation> {
  return fc.record({ base: fields, external: edits, internal: edits, policy, custom }).map((given) => {
    const side = (edit: typeof given.external, actor: string): SideState => ({
      fields: { ...given.base, ...edit.set },
      deleted: deletions && edit.deleted,
      ...{ stamp: edit.stamp, stamps: edit.stamps, actor },
    });
    const { base, policy: rules, custom: made } = given;
    return {
      base,
      external: side(given.external, 'vendor'),
      internal: side(given.internal, 'ada'),
      policy: rules,
      custom: made,
    };
  });
}

type FieldsOutcome = Extract<Outcome, { kind: 'fields' }>;
const fieldsOutcome = (input: Reconciliation): FieldsOutcome => {
  const outcome = reconcile(input);
  if (outcome.kind !== 'fields') throw new Error(outcome.kind);
  return outcome;
};
const written = (side: SideState, patch: Record<string, unknown>) => ({
  ...side,
  fields: { ...side.fields, ...patch },
});

/** The definitions once more, as the words say them. Undefined: a person decides. */
function expected(
  { external, internal, policy: rules, custom: made }: Reconciliation,
  field: string,
): unknown {
  const theirs = fieldOf(external.fields, field);
  const ours = fieldOf(internal.fields, field);
  const newest = () =>
    (internal.stamps[field] ?? internal.stamp) > (external.stamps[field] ?? external.stamp) + SAME_MOMENT_MS
      ? ours
      : theirs;
  const pair = [theirs, ours];
  const bothAre = (type: string) => pair.every((one) => typeof one === type);
  const definitions = {
    external_wins: () => theirs,
    internal_wins: () => ours,
    newest_wins: newest,
    manual_review: () => undefined,
    custom_rule: () => {
      const outcome = made?.[field];
      return outcome?.ok ? (outcome.value ?? null) : undefined;
    },
    field_merge: () => {
      switch (rules.mergeRules?.[field]) {
        case 'external':
          return theirs;
        case 'internal':
          return ours;
        case 'newest':
          return newest();
        case 'longest':
          return bothAre('string')
            ? pair.reduce((a, b) => ((b as string).length > (a as string).length ? b : a))
            : undefined;
        case 'union':
          return pair.every(Array.isArray)
            ? pair.flat().filter((one, at, all) => all.findIndex((other) => same(one, other)) === at)
            : undefined;
        case 'max':
        case 'min': {
          if (!bothAre('string') && !bothAre('number')) return undefined;
          const sorted = [...pair].sort((a, b) => ((a as string) < (b as string) ? -1 : 1));
          return rules.mergeRules[field] === 'max' ? sorted[1] : sorted[0];
        }
        default:
          return undefined;
      }
    },
  };
  return definitions[strategyFor(rules, field)]();
}

describe('two-sided edits', () => {
  it('10 000 times: each strategy is its definition, one-sided edits survive, sides agree, a second pass writes nothing', () => {
    fc.assert(
      fc.property(world(false), (input) => {
        const outcome = fieldsOutcome(input);
        const collisions = collisionsOf(input);
        const open = collisions.filter((field) => expected(input, field) === undefined);
        expect(outcome.reviews.map(({ field }) => field)).toEqual(open);
        const held = open.some((field) => strategyFor(input.policy, field) === 'manual_review');
        if (held) {
          expect([outcome.toExternal, outcome.toInternal, outcome.base]).toEqual([{}, {}, input.base]);
          return;
        }
        const external = written(input.external, outcome.toExternal);
        const internal = written(input.internal, outcome.toInternal);
        for (const field of NAMES) {
          const [theirs, ours] = [external.fields, internal.fields].map((all) => fieldOf(all, field));
          if (open.includes(field)) {
            expect([theirs, ours]).toEqual([
              fieldOf(input.external.fields, field),
              fieldOf(input.internal.fields, field),
            ]);
            continue;
          }
          expect(canonical(theirs)).toBe(canonical(ours));
          if (collisions.includes(field)) expect(canonical(theirs)).toBe(canonical(expected(input, field)));
          else {
            const was = fieldOf(input.base, field);
            const edited = [input.external, input.internal]
              .map((side) => fieldOf(side.fields, field))
              .filter((one) => !same(one, was));
            expect(canonical(theirs)).toBe(canonical(edited.length > 0 ? edited[0] : was));
          }
        }
        const again = fieldsOutcome({ ...input, base: outcome.base, external, internal });
        expect([again.toExternal, again.toInternal]).toEqual([{}, {}]);
        // A person closes the reviews; then nothing is left to write or to ask.
        const chosen = Object.fromEntries(again.reviews.map(({ field, internal: ours }) => [field, ours]));
        const closed = fieldsOutcome({
          ...input,
          base: { ...again.base, ...chosen },
          external: written(external, chosen),
          internal: written(internal, chosen),
        });
        expect([closed.toExternal, closed.toInternal, closed.reviews]).toEqual([{}, {}, []]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('a deletion is followed where nobody edited, and else decided by a winning side or a person', () => {
    fc.assert(
      fc.property(world(true), (input) => {
        const { external, internal, base } = input;
        const outcome = reconcile(input);
        const left = external.deleted ? internal : external;
        const [deleter, other] = external.deleted ? ['external', 'internal'] : ['internal', 'external'];
        const edited = NAMES.some((field) => !same(fieldOf(base, field), fieldOf(left.fields, field)));
        const chosen = strategyFor(input.policy, null);
        const newest = internal.stamp > external.stamp + SAME_MOMENT_MS ? 'internal' : 'external';
        const winner = { external_wins: 'external', internal_wins: 'internal', newest_wins: newest }[
          chosen as string
        ];
        if (external.deleted && internal.deleted) expect(outcome).toEqual({ kind: 'gone' });
        else if (!external.deleted && !internal.deleted) expect(outcome.kind).toBe('fields');
        else if (!edited) expect(outcome).toEqual({ kind: 'delete', on: other, strategy: null });
        else if (!winner) expect(outcome).toEqual({ kind: 'review_delete', deletedBy: deleter });
        else if (winner === deleter) expect(outcome).toEqual({ kind: 'delete', on: other, strategy: chosen });
        else expect(outcome).toEqual({ kind: 'restore', on: deleter, strategy: chosen });
      }),
      { numRuns: 2_000 },
    );
  });

  it('are remembered with source, actor, strategy and moment, twenty values deep', () => {
    let provenance: Provenance = {};
    let base: Record<string, unknown> = { name: 'v0' };
    for (let time = 1; time <= 25; time += 1) {
      const side = (text: string, actor: string): SideState => ({
        fields: { name: text },
        deleted: false,
        stamp: time,
        stamps: {},
        actor,
      });
      const input = {
        base,
        external: side(`v${time}`, 'vendor'),
        internal: side(`w${time}`, 'ada'),
        policy: { connection: time % 2 ? ('external_wins' as const) : ('internal_wins' as const) },
      };
      const outcome = fieldsOutcome(input);
      provenance = trace(provenance, base, outcome.decisions, input);
      base = outcome.base;
    }
    expect(provenance.name).toMatchObject({
      source: 'external',
      actor: 'vendor',
      strategy: 'external_wins',
      stamp: 25,
    });
    expect(provenance.name?.history).toHaveLength(HISTORY);
    expect(provenance.name?.history[0]).toEqual({ value: 'w24', stamp: 24, actor: 'ada' });
    expect(
      trace(provenance, base, [{ field: 'name', value: 'v25', source: 'internal', strategy: null }], {
        external: {} as SideState,
        internal: {} as SideState,
      }),
    ).toEqual(provenance);
  });
});
