import type { ChartPoint, ChartSeries } from './types';

const LABEL_HEIGHT = 14;

/** Value of the newest measured point of a series, or null where nothing was measured. */
export function lastValue(points: readonly ChartPoint[], key: string): number | null {
  for (let index = points.length - 1; index >= 0; index -= 1) {
    const value = points[index]?.[key];
    if (typeof value === 'number') return value;
  }
  return null;
}

/**
 * Where the names of the lines stand, in pixels from the top of a plot of `height`: each beside the end
 * of its line, moved apart so that none covers another.
 */
export function labelPositions(
  points: readonly ChartPoint[],
  series: readonly ChartSeries[],
  top: number,
  height: number,
): { key: string; y: number }[] {
  const wanted = series
    .map(({ key }) => ({ key, value: lastValue(points, key) }))
    .filter((one): one is { key: string; value: number } => one.value !== null)
    .map(({ key, value }) => ({ key, y: height - (value / (top || 1)) * height }))
    .sort((a, b) => a.y - b.y);
  let floor = LABEL_HEIGHT / 2;
  const placed = wanted.map(({ key, y }) => {
    const at = Math.max(y, floor);
    floor = at + LABEL_HEIGHT;
    return { key, y: at };
  });
  // Pushed past the bottom: lift the stack back up, lowest first.
  let ceiling = height - LABEL_HEIGHT / 2;
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    const label = placed[index];
    if (!label || label.y <= ceiling) break;
    label.y = ceiling;
    ceiling -= LABEL_HEIGHT;
  }
  return placed;
}
