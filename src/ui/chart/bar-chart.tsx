'use client';

import { barExtent, barsOf } from './bars';
import { ChartFrame } from './chart-frame';
import { MARGIN } from './geometry';
import { seriesColour } from './palette';
import { Plot } from './plot';
import type { BarChartProps } from './types';

/** Amounts side by side, or on top of each other with `stacked`. Baseline zero. */
export function BarChart(props: BarChartProps) {
  return (
    <ChartFrame {...props}>
      <Drawing {...props} />
    </ChartFrame>
  );
}

function Drawing({ points, series, formatValue, formatX, unit, stacked = false }: BarChartProps) {
  const extent = barExtent(points, series, stacked);
  return (
    <div className="flex size-full flex-col">
      {series.length > 1 && (
        <ul className="flex flex-wrap gap-x-3 gap-y-1">
          {series.map((one, index) => (
            <li key={one.key} className="flex items-center gap-1">
              <span className="size-2 rounded-[2px]" style={{ background: seriesColour(index) }} />
              {one.label}
            </li>
          ))}
        </ul>
      )}
      <div className="min-h-0 flex-1">
        <Plot {...{ points, series, unit, formatValue, formatX, extent }} place="band">
          {(geometry, pointed) => (
            <>
              {pointed !== null && (
                <rect
                  x={geometry.x(pointed) - geometry.band / 2}
                  y={MARGIN.top}
                  width={geometry.band}
                  height={geometry.height - MARGIN.top - MARGIN.bottom}
                  className="fill-ink/5"
                />
              )}
              {points.map((point, at) =>
                barsOf(point, at, series, stacked, geometry).map(({ key, index, ...place }) => (
                  <rect
                    key={`${point.x} ${key}`}
                    {...place}
                    fill={seriesColour(index)}
                    className="stroke-surface"
                  />
                )),
              )}
            </>
          )}
        </Plot>
      </div>
    </div>
  );
}
