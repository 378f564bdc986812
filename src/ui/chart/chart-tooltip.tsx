'use client';

import { seriesColour } from './palette';
import type { ChartPoint, ChartSeries } from './types';

type ChartTooltipProps = {
  series: readonly ChartSeries[];
  unit: string;
  formatValue: (value: number) => string;
  formatX: (x: string | number) => string;
  point: ChartPoint;
};

/** All values at one place of the axis; a gap is said, not left out. */
export function ChartTooltip({ series, unit, formatValue, formatX, point }: ChartTooltipProps) {
  return (
    <div className="grid gap-0.5 rounded-md bg-surface px-2.5 py-1.5 text-xs shadow-float">
      <p className="font-medium">{formatX(point.x)}</p>
      {series.map((one, index) => {
        const value = point[one.key];
        return (
          <p key={one.key} className="flex items-center gap-1.5 tabular-nums">
            <span className="size-2 rounded-full" style={{ background: seriesColour(index) }} />
            <span className="text-muted">{one.label}</span>
            <span className="ml-auto pl-3">
              {typeof value === 'number' ? `${formatValue(value)} ${unit}` : '–'}
            </span>
          </p>
        );
      })}
    </div>
  );
}
