export type SparklineShape = {
  /** One path per unbroken run of points; a gap in the data is a gap in the line. */
  lines: string[];
  /** Runs of a single point, which no line can show. */
  dots: { x: number; y: number }[];
  last: { x: number; y: number } | null;
};

/**
 * Lays values out in a box of `width` × `height` with `inset` around them. The baseline is 0, or the
 * smallest value where values are negative, so a small change never looks like a large one.
 */
export function sparklineShape(
  values: readonly (number | null)[],
  width: number,
  height: number,
  inset = 1.5,
): SparklineShape {
  const numbers = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = Math.min(0, ...numbers);
  const high = Math.max(0, ...numbers);
  const span = high - low || 1;
  const step = values.length > 1 ? (width - 2 * inset) / (values.length - 1) : 0;
  const round = (value: number) => Math.round(value * 100) / 100;

  const runs: { x: number; y: number }[][] = [];
  let run: { x: number; y: number }[] = [];
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) {
      if (run.length > 0) runs.push(run);
      run = [];
      return;
    }
    const y = height - inset - ((value - low) / span) * (height - 2 * inset);
    run.push({ x: round(inset + index * step), y: round(y) });
  });
  if (run.length > 0) runs.push(run);

  const long = runs.filter((points) => points.length > 1);
  return {
    lines: long.map((points) => points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('')),
    dots: runs.filter((points) => points.length === 1).flat(),
    last: runs.at(-1)?.at(-1) ?? null,
  };
}
