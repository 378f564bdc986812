import { deserialize, serialize } from 'node:v8';

/** Tokens of a key's group and area. They change when either is invalidated; an entry is valid while both are the same. */
export interface Stamps {
  group: string;
  area: string;
}

/** A cached value in its envelope: any value at all can be cached, `null` and `undefined` too. */
export interface Entry {
  value: unknown;
  /** Epoch milliseconds. */
  expiresAt: number;
  stamps: Stamps;
}

/** Structured clone keeps dates, maps and undefined, which JSON would lose. */
export function packEntry(entry: Entry): Buffer {
  return serialize(entry);
}

/** Undefined for bytes that are no entry: a foreign or older writer; that is a miss, no failure. */
export function unpackEntry(bytes: Uint8Array): Entry | undefined {
  try {
    const entry = deserialize(bytes) as Partial<Entry> | null;
    if (typeof entry?.expiresAt !== 'number' || typeof entry.stamps?.group !== 'string') return undefined;
    return entry as Entry;
  } catch {
    return undefined;
  }
}

export function sameStamps(a: Stamps, b: Stamps): boolean {
  return a.group === b.group && a.area === b.area;
}

/** Cached objects are shared by everyone who asks; nobody may change them for the others. */
export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
