'use client';

import { ChartFrame } from './chart-frame';
import { linePath, MARGIN } from './geometry';
import { labelPositions } from './labels';
import { seriesColour, seriesDash } from './palette';
import { Plot } from './plot';
import { axisTicks } from './ticks';
import type { ChartPoint, ChartProps } from './types';

const valueAt = (point: ChartPoint | undefined, key: string): number | null => {
  const value = point?.[key];
  return typeof value === 'number' ? value : null;
};

/** Values over time. Baseline zero, gaps as gaps, every line named at its end. */
export function LineChart(props: ChartProps) {
  return (
    <ChartFrame {...props}>
      <Drawing {...props} />
    </ChartFrame>
  );
}

function Drawing({ points, series, formatValue, formatX, height = 240, unit }: ChartProps) {
  const values = points.flatMap((point) => series.flatMap(({ key }) => valueAt(point, key) ?? []));
  const extent = [Math.min(0, ...values), Math.max(0, ...values)] as const;
  const top = axisTicks(...extent).at(-1) ?? 1;
  const labels =
    series.length > 1 ? labelPositions(points, series, top, height - MARGIN.bottom - MARGIN.top) : [];
  return (
    <div className="flex size-full">
      <div className="min-w-0 flex-1">
        <Plot {...{ points, series, unit, formatValue, formatX, extent }} place="edge">
          {(geometry, pointed) => (
            <>
              {pointed !== null && (
                <line
                  x1={geometry.x(pointed)}
                  x2={geometry.x(pointed)}
                  y1={MARGIN.top}
                  y2={geometry.height - MARGIN.bottom}
                  className="stroke-edge"
                />
              )}
              {series.map(({ key }, index) => (
                <path
                  key={key}
                  d={linePath(
                    points.map((point) => valueAt(point, key)),
                    geometry,
                  )}
                  fill="none"
                  stroke={seriesColour(index)}
                  strokeDasharray={seriesDash(index)}
                  strokeWidth={2}
                  strokeLinejoin="round"
                  strokeLinecap="round"
                />
              ))}
              {pointed !== null &&
                series.map(({ key }, index) => {
                  const value = valueAt(points[pointed], key);
                  if (value === null) return null;
                  return (
                    <circle
                      key={key}
                      cx={geometry.x(pointed)}
                      cy={geometry.y(value)}
                      r={3}
                      fill={seriesColour(index)}
                    />
                  );
                })}
            </>
          )}
        </Plot>
      </div>
      {labels.length > 0 && (
        <ul className="relative w-26 shrink-0">
          {labels.map(({ key, y }) => {
            const index = series.findIndex((one) => one.key === key);
            return (
              <li
                key={key}
                className="absolute inset-x-0 flex -translate-y-1/2 items-center gap-1"
                style={{ top: y + MARGIN.top }}
              >
                <span className="size-2 shrink-0 rounded-full" style={{ background: seriesColour(index) }} />
                <span className="truncate text-ink">{series[index]?.label}</span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
