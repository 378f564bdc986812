import { CONFLICT_STRATEGIES } from '@/features/crm/schema';
import { canonical, type Fields, fieldOf, same, type Value } from './values';

export { CONFLICT_STRATEGIES };
export type ConflictStrategy = (typeof CONFLICT_STRATEGIES)[number];

/** How `field_merge` settles a collision; a field without one goes to review. */
export type MergeRule = 'external' | 'internal' | 'newest' | 'union' | 'longest' | 'max' | 'min';

export type Side = 'external' | 'internal';

/** A record as one side has it. */
export interface SideState {
  fields: Fields;
  deleted: boolean;
  /** Milliseconds since 1970 of the record's last change. */
  stamp: number;
  /** The same by field, where the side keeps it. */
  stamps: Readonly<Record<string, number>>;
  /** Who changed it last. */
  actor: string;
}

/** Strategies by how near they are to the field: the field's own, the entity's, the connection's. */
export interface ConflictPolicy {
  connection: ConflictStrategy;
  entity?: ConflictStrategy;
  fields?: Readonly<Record<string, ConflictStrategy>>;
  mergeRules?: Readonly<Record<string, MergeRule>>;
}

/** What an expression made of a collision; evaluated beforehand, so that deciding stays a function. */
export type CustomOutcome = { ok: true; value: Value } | { ok: false; error: string };

export interface Reconciliation {
  /** Last agreed values. */
  base: Fields;
  external: SideState;
  internal: SideState;
  policy: ConflictPolicy;
  custom?: Readonly<Record<string, CustomOutcome>>;
}

export interface FieldDecision {
  field: string;
  value: Value;
  /** Whose value it is; `both` where they agree or both went into it. */
  source: Side | 'both';
  /** Null where only one side had changed. */
  strategy: ConflictStrategy | null;
}

export interface FieldReview {
  field: string;
  base: Value;
  external: Value;
  internal: Value;
  reason: string;
}

export type Outcome =
  | {
      kind: 'fields';
      decisions: FieldDecision[];
      reviews: FieldReview[];
      /** What to write on each side. Both are empty while a person must decide on the record. */
      toExternal: Record<string, Value>;
      toInternal: Record<string, Value>;
      /** Agreed once those are written. */
      base: Record<string, Value>;
    }
  | { kind: 'delete'; on: Side; strategy: ConflictStrategy | null }
  | { kind: 'restore'; on: Side; strategy: ConflictStrategy }
  | { kind: 'review_delete'; deletedBy: Side }
  | { kind: 'gone' };

/** Stamps nearer than this count as the same moment: clocks are no better. */
export const SAME_MOMENT_MS = 1_000;

export function strategyFor(policy: ConflictPolicy, field: string | null): ConflictStrategy {
  const own = field === null ? undefined : policy.fields?.[field];
  return own ?? policy.entity ?? policy.connection;
}

/** Fields that both sides changed, differently, since they last agreed. */
export function collisionsOf({ base, external, internal }: Reconciliation): string[] {
  return namesOf(base, external.fields, internal.fields).filter((field) => {
    const [was, theirs, ours] = [base, external.fields, internal.fields].map((fields) =>
      fieldOf(fields, field),
    );
    return !same(was, theirs) && !same(was, ours) && !same(theirs, ours);
  });
}

/**
 * Brings two sides of a record together. What only one side changed is taken over; what both changed is settled by its strategy,
 * or waits for a person. Where the strategy of a collision is `manual_review`, neither side changes until then.
 */
export function reconcile(input: Reconciliation): Outcome {
  const { external, internal } = input;
  if (external.deleted && internal.deleted) return { kind: 'gone' };
  if (external.deleted || internal.deleted) return reconcileDelete(input);
  const decisions: FieldDecision[] = [];
  const reviews: FieldReview[] = [];
  let held = false;
  for (const field of namesOf(input.base, external.fields, internal.fields)) {
    const settled = settleField(input, field);
    if ('reason' in settled) {
      reviews.push(settled);
      held ||= strategyFor(input.policy, field) === 'manual_review';
    } else decisions.push(settled);
  }
  if (held)
    return {
      kind: 'fields',
      decisions: [],
      reviews,
      toExternal: {},
      toInternal: {},
      base: { ...input.base },
    };
  return { kind: 'fields', decisions, reviews, ...writesOf(input, decisions) };
}

function settleField(
  { base, external, internal, policy, custom }: Reconciliation,
  field: string,
): FieldDecision | FieldReview {
  const was = fieldOf(base, field);
  const theirs = fieldOf(external.fields, field);
  const ours = fieldOf(internal.fields, field);
  const taken = (
    value: Value,
    source: FieldDecision['source'],
    strategy: ConflictStrategy | null = null,
  ) => ({
    ...{ field, value, source, strategy },
  });
  if (same(theirs, ours)) return taken(theirs, 'both');
  if (same(was, ours)) return taken(theirs, 'external');
  if (same(was, theirs)) return taken(ours, 'internal');
  const strategy = strategyFor(policy, field);
  const review = (reason: string) => ({ field, base: was, external: theirs, internal: ours, reason });
  const side = (winner: Side) => taken(winner === 'external' ? theirs : ours, winner, strategy);
  switch (strategy) {
    case 'external_wins':
      return side('external');
    case 'internal_wins':
      return side('internal');
    case 'newest_wins':
      return side(newer(external, internal, field));
    case 'custom_rule': {
      const outcome = custom?.[field];
      if (!outcome) return review('The rule was not evaluated.');
      return outcome.ok ? taken(outcome.value ?? null, 'both', strategy) : review(outcome.error);
    }
    case 'field_merge': {
      const merged = mergeBy(policy.mergeRules?.[field], theirs, ours, () =>
        newer(external, internal, field),
      );
      return merged
        ? taken(merged.value, merged.source, strategy)
        : review('No rule of this field settles it.');
    }
    default:
      return review('A person decides on this field.');
  }
}

/** Null where the rule does not fit the values. */
function mergeBy(
  rule: MergeRule | undefined,
  theirs: Value,
  ours: Value,
  newest: () => Side,
): Pick<FieldDecision, 'value' | 'source'> | null {
  const side = (source: Side) => ({ source, value: source === 'external' ? theirs : ours });
  switch (rule) {
    case 'external':
    case 'internal':
      return side(rule);
    case 'newest':
      return side(newest());
    case 'longest':
      if (typeof theirs !== 'string' || typeof ours !== 'string') return null;
      return side(ours.length > theirs.length ? 'internal' : 'external');
    case 'union': {
      if (!Array.isArray(theirs) || !Array.isArray(ours)) return null;
      const all = new Map([...theirs, ...ours].map((one) => [canonical(one), one]));
      return { source: 'both', value: [...all.values()] };
    }
    case 'max':
    case 'min': {
      const comparable =
        typeof theirs === typeof ours && (typeof theirs === 'number' || typeof theirs === 'string');
      if (!comparable) return null;
      const larger = (ours as string) > (theirs as string) ? 'internal' : 'external';
      return side((rule === 'max') === (larger === 'internal') ? 'internal' : 'external');
    }
    default:
      return null;
  }
}

/** Whose change came later; the vendor's where that cannot be told. */
function newer(external: SideState, internal: SideState, field: string | null): Side {
  const at = ({ stamps, stamp }: SideState) =>
    (field !== null && Object.hasOwn(stamps, field) ? stamps[field] : stamp) ?? stamp;
  return at(internal) - at(external) > SAME_MOMENT_MS ? 'internal' : 'external';
}

/** A deletion that met no edit is followed; one that did is for a person, unless a side wins by strategy. */
function reconcileDelete({ base, external, internal, policy }: Reconciliation): Outcome {
  const deletedBy: Side = external.deleted ? 'external' : 'internal';
  const other: Side = external.deleted ? 'internal' : 'external';
  const left = external.deleted ? internal : external;
  const edited = namesOf(base, left.fields).some(
    (field) => !same(fieldOf(base, field), fieldOf(left.fields, field)),
  );
  if (!edited) return { kind: 'delete', on: other, strategy: null };
  const strategy = strategyFor(policy, null);
  const winner =
    strategy === 'external_wins'
      ? 'external'
      : strategy === 'internal_wins'
        ? 'internal'
        : strategy === 'newest_wins'
          ? newer(external, internal, null)
          : null;
  if (winner === null) return { kind: 'review_delete', deletedBy };
  return winner === deletedBy
    ? { kind: 'delete', on: other, strategy }
    : { kind: 'restore', on: deletedBy, strategy };
}

function writesOf(
  { base, external, internal }: Reconciliation,
  decisions: readonly FieldDecision[],
): Pick<Extract<Outcome, { kind: 'fields' }>, 'toExternal' | 'toInternal' | 'base'> {
  const toExternal: Record<string, Value> = {};
  const toInternal: Record<string, Value> = {};
  const agreed: Record<string, Value> = { ...base };
  for (const { field, value } of decisions) {
    if (!same(value, fieldOf(external.fields, field))) toExternal[field] = value;
    if (!same(value, fieldOf(internal.fields, field))) toInternal[field] = value;
    agreed[field] = value;
  }
  return { toExternal, toInternal, base: agreed };
}

function namesOf(...all: readonly Fields[]): string[] {
  return [...new Set(all.flatMap((fields) => Object.keys(fields)))].sort();
}
