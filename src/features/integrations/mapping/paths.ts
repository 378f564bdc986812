/** Where a value lies in a record: `properties.email`, `phones[0].number`, `tags[*]`. */

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const MAX_STEPS = 20;
const MAX_INDEX = 9_999;

type Step = { key: string } | { index: number } | { every: true };

export type PlainRecord = Record<string, unknown>;

/** Why a path is none, or null. Keys that reach into JavaScript's own objects are refused. */
export function pathFault(path: string): string | null {
  return parsed(path).fault;
}

function faultOf(steps: readonly Step[] | null): string | null {
  if (!steps) return 'Write a path such as properties.email, phones[0].number or tags[*].';
  if (steps.length > MAX_STEPS) return `A path has at most ${MAX_STEPS} steps.`;
  if (steps.some((step) => 'key' in step && FORBIDDEN.has(step.key)))
    return 'This path names a part of the language itself.';
  return null;
}

/** What lies there; undefined when nothing does. A key that is spelled like the whole path wins over nesting. */
export function readPath(record: unknown, path: string): unknown {
  const { steps, fault } = parsed(path);
  if (fault !== null || !steps) return undefined;
  if (isPlain(record) && Object.hasOwn(record, path)) return record[path];
  return follow(record, steps);
}

/**
 * Puts a value there, making what lies between. `[*]` has no one place: such paths are only read. Nothing does not replace what
 * another field has put there.
 * @returns false when something else lies in the way; then nothing is written.
 */
export function writePath(record: PlainRecord, path: string, value: unknown): boolean {
  const { steps, fault } = parsed(path);
  if (fault !== null || !steps || steps.some((step) => 'every' in step))
    throw new Error(`${path} cannot be written.`);
  let place: unknown = record;
  for (const [at, step] of steps.entries()) {
    const next = steps[at + 1];
    const key = nameOf(step);
    const holder = place as PlainRecord;
    if (!next) {
      const there = Object.hasOwn(holder, key) ? holder[key] : undefined;
      const filled = there !== undefined && there !== null;
      if (filled && typeof there === 'object' && value !== null) return false;
      if (!filled || value !== null) holder[key] = value;
      return true;
    }
    const known = Object.hasOwn(holder, key) ? holder[key] : undefined;
    if (known === undefined || known === null) holder[key] = 'index' in next ? [] : {};
    else if (typeof known !== 'object' || Array.isArray(known) !== 'index' in next) return false;
    place = holder[key];
  }
  return false;
}

export function isPlain(value: unknown): value is PlainRecord {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Every record is read by the same few paths. */
const known = new Map<string, { steps: readonly Step[] | null; fault: string | null }>();
const MAX_KNOWN = 2_000;

function parsed(path: string) {
  const before = known.get(path);
  if (before) return before;
  const steps = stepsOf(path);
  const made = { steps, fault: faultOf(steps) };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(path, made);
  return made;
}

function nameOf(step: Step): string {
  return 'key' in step ? step.key : String('index' in step ? step.index : 0);
}

function stepsOf(path: string): Step[] | null {
  if (path.length === 0 || path.length > 300) return null;
  const steps: Step[] = [];
  for (const part of path.split('.')) {
    const match = /^([^[\]]*)((?:\[(?:\d{1,4}|\*)\])*)$/.exec(part);
    const [, key = '', brackets = ''] = match ?? [];
    if (!match || (key === '' && (brackets === '' || steps.length > 0))) return null;
    if (key !== '') steps.push({ key });
    for (const [, inside = ''] of brackets.matchAll(/\[([^\]]*)\]/g))
      steps.push(inside === '*' ? { every: true } : { index: Math.min(Number(inside), MAX_INDEX) });
  }
  return steps;
}

function follow(value: unknown, steps: readonly Step[], at = 0): unknown {
  const step = steps[at];
  if (!step) return value;
  if ('every' in step) {
    if (!Array.isArray(value)) return undefined;
    return value.map((one) => follow(one, steps, at + 1)).filter((one) => one !== undefined);
  }
  if ('index' in step) return Array.isArray(value) ? follow(value[step.index], steps, at + 1) : undefined;
  return isPlain(value) && Object.hasOwn(value, step.key)
    ? follow(value[step.key], steps, at + 1)
    : undefined;
}
