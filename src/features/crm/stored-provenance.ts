import { z } from 'zod';

/** Where the fields stand that share one origin. Mappings refuse it as the name of a field. */
const ALIKE = '[*]';

const group = z.looseObject({ fields: z.array(z.string()) });

interface Origin {
  source: string;
  actor: string;
  strategy: string | null;
  stamp: number;
  history: readonly unknown[];
  mergedFrom?: string | undefined;
}

/**
 * Where values come from, as it is stored: fields that came alike, as all of a first sync do, are named in one entry. That is half
 * of what a record of thirteen fields takes, to write and to keep.
 */
export function stored(provenance: Readonly<Record<string, Origin>>): Record<string, unknown> {
  const groups = new Map<string, { fields: string[] }>();
  const own: Record<string, unknown> = {};
  for (const [field, origin] of Object.entries(provenance)) {
    const { history, ...facts } = origin;
    if (history.length > 0) {
      own[field] = origin;
      continue;
    }
    const key = JSON.stringify([facts.source, facts.actor, facts.strategy, facts.stamp, facts.mergedFrom]);
    const known = groups.get(key);
    if (known) known.fields.push(field);
    else groups.set(key, { ...facts, fields: [field] });
  }
  return groups.size > 0 ? { ...own, [ALIKE]: [...groups.values()] } : own;
}

/** The opposite of {@link stored}. What is in full already stays as it is. */
export function inFull(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(ALIKE in value)) return value;
  const { [ALIKE]: alike, ...own } = value;
  const groups = z.array(group).safeParse(alike);
  if (!groups.success) return value;
  const named = groups.data.flatMap(({ fields, ...facts }) =>
    fields.map((field): [string, unknown] => [field, { ...facts, history: [] }]),
  );
  // What a field says of itself is newer.
  return { ...Object.fromEntries(named), ...own };
}
