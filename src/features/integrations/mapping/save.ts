import { ConflictError, ValidationError } from '@/core/errors';
import { inOrder, type Placed, positionsOf } from './order';
import { differenceOf } from './rule';
import type { MappingRule } from './schema';

/** What saving a whole set of mappings writes. Pure. */

type Known = MappingRule & Placed & { version: number };

export interface SavePlan {
  create: (MappingRule & { position?: number })[];
  change: { id: string; version: number; patch: Partial<MappingRule> & { position?: number } }[];
  remove: string[];
}

/**
 * @param expected versions of all mappings that the new set is based on, by id.
 * @throws ConflictError `stale_version` when those are not the ones that are stored; `details.changed` names their fields.
 */
export function planOf(
  known: readonly Known[],
  wanted: readonly MappingRule[],
  expected: Readonly<Record<string, number>>,
): SavePlan {
  requireExpected(known, expected);
  requireDistinct(wanted);
  const byField = new Map(known.map((one) => [one.externalField, one]));
  const places = positionsOf(
    wanted.map(({ externalField, internalField }) => ({
      internalField,
      known: byField.get(externalField) ?? null,
    })),
  );
  const plan: SavePlan = { create: [], change: [], remove: [] };
  for (const [at, rule] of wanted.entries()) {
    const place = places[at];
    const moved = place === undefined ? {} : { position: place };
    const there = byField.get(rule.externalField);
    if (!there) {
      plan.create.push({ ...rule, ...moved });
      continue;
    }
    const patch = { ...differenceOf(there, rule), ...moved };
    if (Object.keys(patch).length > 0) plan.change.push({ id: there.id, version: there.version + 1, patch });
  }
  const kept = new Set(wanted.map(({ externalField }) => externalField));
  plan.remove = inOrder(known).flatMap(({ id, externalField }) => (kept.has(externalField) ? [] : [id]));
  return plan;
}

function requireExpected(known: readonly Known[], expected: Readonly<Record<string, number>>): void {
  const there = new Map(known.map(({ id, version }) => [id, version]));
  const changed = known
    .filter(({ id, version }) => !Object.hasOwn(expected, id) || expected[id] !== version)
    .map(({ externalField }) => externalField);
  const gone = Object.keys(expected).filter((id) => !there.has(id));
  if (changed.length + gone.length === 0) return;
  throw new ConflictError(
    'Somebody changed these mappings meanwhile. Nothing was saved: look at what is there now, and save again.',
    'stale_version',
    { details: { changed } },
  );
}

function requireDistinct(wanted: readonly MappingRule[]): void {
  const seen = new Set<string>();
  const faults = wanted.flatMap(({ externalField }, at) => {
    const twice = seen.has(externalField);
    seen.add(externalField);
    return twice
      ? [{ path: `body.mappings.${at}.externalField`, message: 'This field is mapped twice. Leave one out.' }]
      : [];
  });
  if (faults.length > 0) throw new ValidationError('A field is mapped twice.', faults);
}
