import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONFLICT_STRATEGIES,
  type ConflictPolicy,
  type ConflictStrategy,
  type CustomOutcome,
  type MergeRule,
  SAME_MOMENT_MS,
  type SideState,
} from './conflicts';
import { agreedAfterPush, chosen, type Settlement, settle } from './settle';
import { type Fields, fieldOf, same, type Value } from './values';

const NAMES = ['name', 'email', 'stage', 'tags'];
const VALUES: Value[] = ['a', 'bb', 'ccc', 1, 2, null, ['x'], ['y', 'x'], []];
const RULES: MergeRule[] = ['external', 'internal', 'newest', 'union', 'longest', 'max', 'min'];
const ALL = new Set(NAMES);
/** A run is one record with so many edits on both sides, one after the other. */
const EDITS = 50;
const RUNS = 200;

/** A stream of choices that a seed decides: fast-check finds the seed, and its edits come with it. */
class Choices {
  constructor(public seed: number) {}
  next(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  of<T>(all: readonly T[]): T {
    return all[Math.floor(this.next() * all.length)] as T;
  }
  edit(fields: Fields): Record<string, Value> {
    const some = NAMES.filter(() => this.next() < 0.45).map((name) => [name, this.of(VALUES)]);
    return { ...fields, ...Object.fromEntries(some) };
  }
}

interface Edit {
  base: Fields;
  theirs: Fields;
  ours: Fields;
  stamps: { theirs: number; ours: number };
  policy: ConflictPolicy;
  custom: Record<string, CustomOutcome>;
}

/** What both sides have in the end, as the strategies' definitions say it. Undefined: a person decides. */
function defined(strategy: ConflictStrategy, edit: Edit, field: string): Value {
  const [was, theirs, ours] = [edit.base, edit.theirs, edit.ours].map((fields) => fieldOf(fields, field));
  if (same(theirs, ours) || same(was, ours)) return theirs;
  if (same(was, theirs)) return ours;
  const newest = edit.stamps.ours - edit.stamps.theirs > SAME_MOMENT_MS ? ours : theirs;
  const custom = edit.custom[field];
  const merged = {
    external: () => theirs,
    internal: () => ours,
    newest: () => newest,
    union: () =>
      Array.isArray(theirs) && Array.isArray(ours) ? [...new Set([...theirs, ...ours])] : undefined,
    longest: () =>
      typeof theirs === 'string' && typeof ours === 'string'
        ? ours.length > theirs.length
          ? ours
          : theirs
        : undefined,
    max: () => extreme(theirs, ours, true),
    min: () => extreme(theirs, ours, false),
  };
  const rule = edit.policy.mergeRules?.[field];
  return {
    external_wins: () => theirs,
    internal_wins: () => ours,
    newest_wins: () => newest,
    field_merge: () => (rule ? merged[rule]() : undefined),
    custom_rule: () => (custom?.ok ? (custom.value ?? null) : undefined),
    manual_review: () => undefined,
  }[strategy]();
}

function extreme(theirs: Value, ours: Value, largest: boolean): Value {
  for (const type of ['string', 'number'])
    if (typeof theirs === type && typeof ours === type) {
      const [low, high] = [theirs, ours].sort((a, b) => ((a as string) < (b as string) ? -1 : 1));
      return largest ? high : low;
    }
  return undefined;
}

function settled(edit: Edit): Settlement {
  const side = (fields: Fields, stamp: number, actor: string): SideState => ({
    ...{ fields, deleted: false, stamp, stamps: {}, actor },
  });
  const input = {
    ...{ base: edit.base, policy: edit.policy, custom: edit.custom },
    external: side(edit.theirs, edit.stamps.theirs, 'vendor'),
    internal: side(edit.ours, edit.stamps.ours, 'ada'),
  };
  return settle(input, { fields: { ...edit.ours }, provenance: {} }, ALL);
}

/** Reads, writes and asks as the engine does. @returns both sides and what they agree on. */
function synced(
  strategy: ConflictStrategy,
  edit: Edit,
  choices: Choices,
): Pick<Edit, 'base' | 'theirs' | 'ours'> {
  const wanted = new Map(NAMES.map((name) => [name, defined(strategy, edit, name)]));
  const open = NAMES.filter((name) => wanted.get(name) === undefined);
  const first = settled(edit);
  expect(first.reviews.map(({ field }) => field).sort()).toEqual([...open].sort());
  if (strategy === 'manual_review' && open.length > 0)
    expect([first.changed, first.toExternal]).toEqual([false, {}]);
  const next = (before: Edit, made: Settlement): Edit => ({
    ...before,
    theirs: { ...before.theirs, ...made.toExternal },
    ours: made.fields,
    base: agreedAfterPush(made),
  });
  let now = next(edit, first);
  if (open.length > 0) {
    const sides = Object.fromEntries(
      open.map((name) => [name, choices.of(['external', 'internal'] as const)]),
    );
    for (const { field, external, internal } of first.reviews)
      wanted.set(field, sides[field] === 'external' ? external : internal);
    const decided = chosen(first.reviews, sides);
    now = { ...now, base: { ...now.base, ...decided.base }, ours: { ...now.ours, ...decided.toInternal } };
    now = next(now, settled(now));
  }
  for (const name of NAMES) {
    const [theirs, ours] = [fieldOf(now.theirs, name), fieldOf(now.ours, name)];
    if (!same(theirs, ours) || !same(ours, wanted.get(name)))
      expect([theirs, ours]).toEqual([wanted.get(name)]);
  }
  const again = settled(now);
  expect([again.changed, again.toExternal, again.reviews]).toEqual([false, {}, []]);
  return now;
}

describe(`${EDITS * RUNS} random two-sided edits`, () => {
  it.each(CONFLICT_STRATEGIES)(
    'by %s: the outcome is its definition, both sides agree once a person has decided, a re-sync writes nothing',
    (strategy) => {
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const choices = new Choices(seed);
          const mergeRules = Object.fromEntries(
            NAMES.filter(() => choices.next() < 0.8).map((name) => [name, choices.of(RULES)]),
          );
          const policy: ConflictPolicy = { connection: strategy, mergeRules };
          let both: Pick<Edit, 'base' | 'theirs' | 'ours'> = { base: {}, theirs: {}, ours: {} };
          for (let edits = 0; edits < EDITS; edits += 1) {
            const custom = NAMES.map((name): [string, CustomOutcome] => [
              name,
              choices.next() < 0.8
                ? { ok: true, value: choices.of(VALUES) }
                : { ok: false, error: 'It failed.' },
            ]);
            const edit: Edit = {
              ...{
                base: both.base,
                theirs: choices.edit(both.theirs),
                ours: choices.edit(both.ours),
                policy,
              },
              stamps: { theirs: choices.next() * 5_000, ours: choices.next() * 5_000 },
              custom: Object.fromEntries(custom),
            };
            both = synced(strategy, edit, choices);
          }
        }),
        { numRuns: RUNS },
      );
    },
  );
});
