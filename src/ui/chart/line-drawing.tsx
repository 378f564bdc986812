'use client';

import { useFormatter } from 'next-intl';
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartTooltip } from './chart-tooltip';
import { labelPositions } from './labels';
import { seriesColour, seriesDash } from './palette';
import { axisTicks } from './ticks';
import type { ChartProps } from './types';

const X_AXIS = 24;
const TOP = 10;

/** The part of `LineChart` that is loaded after the page. */
export default function LineDrawing({
  points,
  series,
  formatValue,
  formatX,
  height = 240,
  unit,
}: ChartProps) {
  const format = useFormatter();
  const value = formatValue ?? ((n: number) => format.number(n, { notation: 'compact' }));
  const values = points.flatMap((point) =>
    series.map((one) => point[one.key]).filter((n): n is number => typeof n === 'number'),
  );
  const ticks = axisTicks(Math.min(0, ...values), Math.max(0, ...values));
  const top = ticks.at(-1) ?? 1;
  const labels = series.length > 1 ? labelPositions(points, series, top, height - X_AXIS - TOP) : [];
  return (
    <div className="flex size-full">
      <div className="min-w-0 flex-1">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart
            data={[...points]}
            margin={{ top: TOP, right: 6, bottom: 0, left: 0 }}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} stroke="var(--color-line)" />
            <XAxis
              dataKey="x"
              height={X_AXIS}
              tickLine={false}
              axisLine={{ stroke: 'var(--color-edge)' }}
              tick={{ fill: 'var(--color-muted)' }}
              tickFormatter={formatX ?? String}
              minTickGap={24}
            />
            <YAxis
              width={44}
              ticks={ticks}
              domain={[ticks[0] ?? 0, top]}
              tickLine={false}
              axisLine={false}
              tick={{ fill: 'var(--color-muted)' }}
              tickFormatter={value}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ stroke: 'var(--color-edge)' }}
              content={
                <ChartTooltip series={series} unit={unit} formatValue={value} formatX={formatX ?? String} />
              }
            />
            {series.map((one, index) => (
              <Line
                key={one.key}
                dataKey={one.key}
                name={one.label}
                stroke={seriesColour(index)}
                strokeDasharray={seriesDash(index)}
                strokeWidth={2}
                dot={false}
                activeDot={{ r: 3 }}
                connectNulls={false}
                isAnimationActive={false}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
      {labels.length > 0 && (
        <ul className="relative w-26 shrink-0">
          {labels.map(({ key, y }) => {
            const index = series.findIndex((one) => one.key === key);
            return (
              <li
                key={key}
                className="absolute inset-x-0 flex -translate-y-1/2 items-center gap-1"
                style={{ top: y + TOP }}
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
