'use client';

import { useFormatter } from 'next-intl';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartTooltip } from './chart-tooltip';
import { seriesColour } from './palette';
import { axisTicks } from './ticks';
import type { BarChartProps } from './types';

/** The highest bar: the largest value, or the largest sum where bars are stacked. */
function extent(props: BarChartProps): [number, number] {
  const numbers = props.points.flatMap((point) => {
    const values = props.series
      .map((one) => point[one.key])
      .filter((n): n is number => typeof n === 'number');
    return props.stacked ? [values.reduce((sum, n) => sum + n, 0)] : values;
  });
  return [Math.min(0, ...numbers), Math.max(0, ...numbers)];
}

/** The part of `BarChart` that is loaded after the page. */
export default function BarDrawing(props: BarChartProps) {
  const { points, series, formatValue, formatX, unit, stacked = false } = props;
  const format = useFormatter();
  const value = formatValue ?? ((n: number) => format.number(n, { notation: 'compact' }));
  const ticks = axisTicks(...extent(props));
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
        <ResponsiveContainer width="100%" height="100%">
          <BarChart
            data={[...points]}
            margin={{ top: 10, right: 0, bottom: 0, left: 0 }}
            accessibilityLayer={false}
            barCategoryGap="24%"
          >
            <CartesianGrid vertical={false} stroke="var(--color-line)" />
            <XAxis
              dataKey="x"
              height={24}
              tickLine={false}
              axisLine={{ stroke: 'var(--color-edge)' }}
              tick={{ fill: 'var(--color-muted)' }}
              tickFormatter={formatX ?? String}
              minTickGap={16}
            />
            <YAxis
              width={44}
              ticks={ticks}
              domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
              tickLine={false}
              axisLine={false}
              tick={{ fill: 'var(--color-muted)' }}
              tickFormatter={value}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--color-ink)', fillOpacity: 0.05 }}
              content={
                <ChartTooltip series={series} unit={unit} formatValue={value} formatX={formatX ?? String} />
              }
            />
            {series.map((one, index) => (
              <Bar
                key={one.key}
                dataKey={one.key}
                name={one.label}
                fill={seriesColour(index)}
                stroke="var(--color-surface)"
                maxBarSize={40}
                isAnimationActive={false}
                {...(stacked ? { stackId: 'all' } : {})}
              />
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
    </div>
  );
}
