import type { ConflictStrategy, FieldDecision, SideState } from './conflicts';
import { type Fields, fieldOf, same, type Value } from './values';

/** Values of a field that are remembered. */
export const HISTORY = 20;

/** Where a field's value comes from. */
export interface FieldProvenance {
  source: 'external' | 'internal' | 'both' | 'person';
  actor: string;
  /** Null where there was nothing to settle. */
  strategy: ConflictStrategy | null;
  /** Milliseconds since 1970. */
  stamp: number;
  /** Earlier values, newest first. */
  history: readonly { value: Value; stamp: number; actor: string }[];
  /** The record that it came from when two were merged. */
  mergedFrom?: string | undefined;
}
export type Provenance = Readonly<Record<string, FieldProvenance>>;

/** Notes who gave each field its new value; fields whose value stays keep what is known of them. */
export function trace(
  known: Provenance,
  before: Fields,
  decisions: readonly FieldDecision[],
  sides: { external: SideState; internal: SideState },
): Record<string, FieldProvenance> {
  const traced: Record<string, FieldProvenance> = { ...known };
  for (const { field, value, source, strategy } of decisions) {
    const was = fieldOf(before, field);
    if (same(was, value)) continue;
    const { external, internal } = sides;
    const stampOf = ({ stamps, stamp }: SideState) =>
      Object.hasOwn(stamps, field) ? (stamps[field] ?? stamp) : stamp;
    const side =
      source === 'internal' || (source === 'both' && stampOf(internal) > stampOf(external))
        ? internal
        : external;
    const old = Object.hasOwn(known, field) ? known[field] : undefined;
    const earlier = old ? [{ value: was, stamp: old.stamp, actor: old.actor }, ...old.history] : [];
    traced[field] = {
      ...{ source, actor: side.actor, strategy, stamp: stampOf(side) },
      history: earlier.slice(0, HISTORY),
    };
  }
  return traced;
}
