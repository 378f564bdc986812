/** Where things of a plot stand, in pixels from its top left corner. Pure. */

export const MARGIN = { top: 10, right: 6, bottom: 24, left: 44 } as const;
/** About the width of a letter at 12 px, and the least room between two labels. */
const LETTER = 6.4;
const LABEL_GAP = 16;

export interface Geometry {
  width: number;
  height: number;
  /** Room of one point along the axis. */
  band: number;
  /** Middle of a point. */
  x(index: number): number;
  y(value: number): number;
  /** The point nearest to a place on the axis; null where there is none. */
  indexAt(x: number): number | null;
}

/** @param place `edge`: the first and last point stand at the ends; `band`: each has a band of its own. */
export function geometryOf(
  size: { width: number; height: number },
  count: number,
  range: readonly [number, number],
  place: 'edge' | 'band',
): Geometry {
  const inner = Math.max(0, size.width - MARGIN.left - MARGIN.right);
  const tall = Math.max(0, size.height - MARGIN.top - MARGIN.bottom);
  const steps = place === 'band' ? count : count - 1;
  const band = steps > 0 ? inner / steps : inner;
  const first = MARGIN.left + (place === 'band' || count === 1 ? band / 2 : 0);
  const [low, high] = range;
  return {
    ...size,
    band,
    x: (index) => first + index * band,
    y: (value) => MARGIN.top + tall * (1 - (value - low) / (high - low || 1)),
    indexAt: (x) =>
      count === 0 ? null : Math.min(count - 1, Math.max(0, Math.round((x - first) / (band || 1)))),
  };
}

/** The points that are named on the axis: as many as fit side by side, the newest always. */
export function namedPoints(names: readonly string[], band: number): number[] {
  const widest = Math.max(0, ...names.map((name) => name.length)) * LETTER + LABEL_GAP;
  const step = Math.max(1, Math.ceil(widest / (band || 1)));
  const last = names.length - 1;
  return names.flatMap((_, index) => ((last - index) % step === 0 ? [index] : []));
}

/** Keeps a name inside the plot: the middle of where it is written. */
export function nameAt(x: number, name: string, width: number): number {
  const half = (name.length * LETTER) / 2;
  return Math.min(Math.max(x, half), width - half);
}

/** The path of a line; a value that was not measured leaves a gap. */
export function linePath(values: readonly (number | null)[], { x, y }: Geometry): string {
  let open = false;
  return values
    .map((value, index) => {
      if (value === null) {
        open = false;
        return '';
      }
      const step = `${open ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      open = true;
      return step;
    })
    .join('');
}
