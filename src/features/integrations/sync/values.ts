/** Anything that JSON can say. */
export type Value = unknown;
export type Fields = Readonly<Record<string, Value>>;

/** One spelling for equal values, whatever the order of their keys; nothing and null are the same. */
export function canonical(value: Value): string {
  if (value === undefined || value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined && inner !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

export function same(a: Value, b: Value): boolean {
  return canonical(a) === canonical(b);
}

export function fieldOf(fields: Fields, name: string): Value {
  return Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
}
