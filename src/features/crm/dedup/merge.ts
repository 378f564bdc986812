import type { z } from 'zod';
import type { provenanceSchema } from '../schema';
import type { MergeSide } from './schema';

/** Which values two records leave in one, and how they come apart again. Pure. */

type Fields = Readonly<Record<string, unknown>>;
export type FieldPast = z.output<typeof provenanceSchema>;
type Past = Readonly<Record<string, FieldPast>>;

/** Earlier values that are remembered. */
const HISTORY = 20;
/** What people wrote here, among the sources. */
const OURS = 'irisync';

/** Equal as JSON, whatever the order of keys; nothing and null are the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  return spelled(a) === spelled(b);
}

function spelled(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(spelled).join()}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${spelled(inner)}`).join()}}`;
}

export interface MergeInput {
  id: string;
  platform: string;
  fields: Fields;
  provenance: Past;
}

export interface Merged {
  fields: Record<string, unknown>;
  provenance: Record<string, FieldPast>;
  /** Fields that the survivor takes from the other. */
  taken: string[];
}

/** Field by field: the source that comes first, else the newer value, else the longer; nothing never beats something. */
export function mergeFields(survivor: MergeInput, loser: MergeInput, priority: readonly string[]): Merged {
  const fields: Record<string, unknown> = { ...survivor.fields };
  const provenance: Record<string, FieldPast> = { ...survivor.provenance };
  const taken: string[] = [];
  for (const field of Object.keys(loser.fields).sort()) {
    const [mine, theirs] = [own(survivor.fields, field), own(loser.fields, field)];
    if (isEmpty(theirs) || sameValue(mine, theirs)) continue;
    if (!isEmpty(mine) && !beats(loser, survivor, field, priority)) continue;
    taken.push(field);
    fields[field] = theirs;
    provenance[field] = pastOf(survivor, loser, field);
  }
  return { fields, provenance, taken };
}

/** Which of two records stays: of the source that comes first, else the fuller, else the older. */
export function survivorOf(
  a: MergeInput & { createdAt: Date },
  b: MergeInput & { createdAt: Date },
  priority: readonly string[],
): string {
  const filled = ({ fields }: MergeInput) => Object.values(fields).filter((value) => !isEmpty(value)).length;
  const order =
    rank(a.platform, priority) - rank(b.platform, priority) ||
    filled(b) - filled(a) ||
    a.createdAt.getTime() - b.createdAt.getTime() ||
    (a.id < b.id ? -1 : 1);
  return order <= 0 ? a.id : b.id;
}

function beats(one: MergeInput, other: MergeInput, field: string, priority: readonly string[]): boolean {
  const ranks = rank(sourceOf(other, field), priority) - rank(sourceOf(one, field), priority);
  if (ranks !== 0) return ranks > 0;
  const stamps = stampOf(one, field) - stampOf(other, field);
  if (stamps !== 0) return stamps > 0;
  return lengthOf(own(one.fields, field)) > lengthOf(own(other.fields, field));
}

function pastOf(survivor: MergeInput, loser: MergeInput, field: string): FieldPast {
  const theirs = own(loser.provenance, field);
  const mine = own(survivor.provenance, field);
  const known: FieldPast = theirs ?? {
    ...{ source: 'external', actor: loser.platform, strategy: null, stamp: 0, history: [] },
  };
  const before = mine
    ? [{ value: own(survivor.fields, field) ?? null, stamp: mine.stamp, actor: mine.actor }]
    : [];
  const history = [...before, ...known.history].slice(0, HISTORY);
  return { ...known, mergedFrom: known.mergedFrom ?? loser.id, history };
}

export interface Restored {
  fields: Record<string, unknown>;
  provenance: Record<string, FieldPast>;
  /** Fields that changed since the merge and stay as they are now. */
  kept: string[];
}

/** What a record's vendor was agreed to have, then and now. */
export interface Agreed {
  was: Fields;
  now: Fields;
}

/**
 * The record that stayed, without the other: what came from the other goes back to what it was, or to what its own vendor has said
 * since. What changed since by a person or its own vendor stays.
 */
export function restoreSurvivor(
  before: Pick<MergeSide, 'fields' | 'provenance'>,
  current: { fields: Fields; provenance: Past },
  foreign: ReadonlySet<string>,
  links: readonly Agreed[],
): Restored {
  const restored: Restored = { fields: {}, provenance: {}, kept: [] };
  for (const field of namesOf(before.fields, current.fields, current.provenance, before.provenance)) {
    const past = own(current.provenance, field);
    const theirs = past?.mergedFrom !== undefined && foreign.has(past.mergedFrom);
    if (theirs) put(restored, field, before, links);
    else {
      copy(restored, field, current);
      if (!sameValue(own(current.fields, field) ?? null, own(before.fields, field) ?? null))
        restored.kept.push(field);
    }
  }
  return restored;
}

/** The record that went, as it was, with what its vendor has said since. */
export function restoreLoser(
  before: Pick<MergeSide, 'fields' | 'provenance'>,
  links: readonly Agreed[],
): Restored {
  const restored: Restored = { fields: {}, provenance: {}, kept: [] };
  const agreed = links.flatMap(({ was, now }) => [was, now]);
  for (const field of namesOf(before.fields, before.provenance, ...agreed))
    put(restored, field, before, links);
  return restored;
}

/** As it was before, unless its own vendor said something else since. */
function put(
  restored: Restored,
  field: string,
  before: Pick<MergeSide, 'fields' | 'provenance'>,
  links: readonly Agreed[],
): void {
  const moved = links.find(({ was, now }) => !sameValue(own(was, field) ?? null, own(now, field) ?? null));
  copy(restored, field, before);
  if (!moved) return;
  restored.fields[field] = own(moved.now, field) ?? null;
  restored.kept.push(field);
}

function copy(restored: Restored, field: string, from: { fields: Fields; provenance: Past }): void {
  if (Object.hasOwn(from.fields, field)) restored.fields[field] = from.fields[field];
  const past = own(from.provenance, field);
  if (past) restored.provenance[field] = past;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function namesOf(...all: readonly Readonly<Record<string, unknown>>[]): string[] {
  return [...new Set(all.flatMap((one) => Object.keys(one)))].sort();
}

export function isEmpty(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** Sources that nobody ranked come after all that somebody did. */
function rank(source: string, priority: readonly string[]): number {
  const at = priority.indexOf(source);
  return at === -1 ? priority.length : at;
}

function sourceOf({ provenance, platform }: MergeInput, field: string): string {
  const past = own(provenance, field);
  if (!past) return platform;
  return past.source === 'external' ? past.actor : OURS;
}

function stampOf({ provenance }: MergeInput, field: string): number {
  return own(provenance, field)?.stamp ?? 0;
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : JSON.stringify(value).length;
}
