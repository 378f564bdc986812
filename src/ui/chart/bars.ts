import type { Geometry } from './geometry';
import type { ChartPoint, ChartSeries } from './types';

/** Share of its band that a bar, or a group of them, may fill. */
const FILLED = 0.76;
const WIDEST = 40;

export interface Bar {
  key: string;
  /** Of its series. */
  index: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

const valuesOf = (point: ChartPoint, series: readonly ChartSeries[]) =>
  series.flatMap(({ key }, index) => {
    const value = point[key];
    return typeof value === 'number' ? [{ key, index, value }] : [];
  });

/** Lowest and highest value: of single bars, or of what stands on top of each other. */
export function barExtent(
  points: readonly ChartPoint[],
  series: readonly ChartSeries[],
  stacked: boolean,
): [number, number] {
  const numbers = points.flatMap((point) => {
    const values = valuesOf(point, series).map(({ value }) => value);
    return stacked ? [values.reduce((sum, value) => sum + value, 0)] : values;
  });
  return [Math.min(0, ...numbers), Math.max(0, ...numbers)];
}

/** The bars of one point: side by side, or on top of each other. What was not measured has none. */
export function barsOf(
  point: ChartPoint,
  at: number,
  series: readonly ChartSeries[],
  stacked: boolean,
  { x, y, band }: Geometry,
): Bar[] {
  const slots = stacked ? 1 : series.length;
  const width = Math.max(1, Math.min(WIDEST, (band * FILLED) / slots));
  const left = x(at) - (width * slots) / 2;
  let sum = 0;
  return valuesOf(point, series).map(({ key, index, value }) => {
    const from = stacked ? sum : 0;
    sum += value;
    const ends = [y(from), y(from + value)] as const;
    return {
      ...{ key, index, width },
      x: left + (stacked ? 0 : index * width),
      y: Math.min(...ends),
      height: Math.abs(ends[0] - ends[1]),
    };
  });
}
