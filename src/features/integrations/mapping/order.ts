/**
 * Mappings have an order where several write the same place: what is written later wins. It is the order they were made in, until
 * somebody moves one.
 */

export interface Placed {
  id: string;
  /** Milliseconds since 1970, as {@link Placed.createdAt}; absent where nobody moved it. */
  position?: number | undefined;
  createdAt: Date;
  internalField: string;
}

type Key = readonly [place: number, id: string];

function keyOf({ position, createdAt, id }: Placed): Key {
  return [position ?? createdAt.getTime(), id];
}

function after(a: Key, b: Key): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}

/** In the order in which they are applied. */
export function inOrder<T extends Placed>(mappings: readonly T[]): T[] {
  return mappings.toSorted((a, b) => (after(keyOf(a), keyOf(b)) ? 1 : -1));
}

/** Whether two paths of ours write the same place, or one lies within the other. */
export function overlap(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.startsWith(short) && /^[.[]/.test(long.slice(short.length));
}

/**
 * Positions that make a wanted order hold: only of mappings that write the same place, and only where the order would be another
 * one without them.
 * @param wanted in the wanted order; those that are not there yet have no `known`.
 * @returns one per entry; undefined leaves it as it is.
 */
export function positionsOf(
  wanted: readonly { internalField: string; known: Placed | null }[],
): (number | undefined)[] {
  const last: (Key | null)[] = [];
  const positions: (number | undefined)[] = [];
  for (const [at, { internalField, known }] of wanted.entries()) {
    const before = wanted
      .slice(0, at)
      .flatMap((other, index) => (overlap(other.internalField, internalField) ? [last[index] ?? null] : []))
      .filter((key) => key !== null)
      .reduce<Key | null>((latest, key) => (latest && after(latest, key) ? latest : key), null);
    const crowded = wanted.some(
      (other, index) => index !== at && overlap(other.internalField, internalField),
    );
    const own = known ? keyOf(known) : null;
    const holds = own ? before === null || after(own, before) : !crowded;
    const place = holds ? undefined : before ? before[0] + 1 : 0;
    positions.push(place);
    last.push(place === undefined ? own : [place, known?.id ?? '']);
  }
  return positions;
}
