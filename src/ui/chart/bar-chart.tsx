'use client';

import dynamic from 'next/dynamic';
import { ChartFrame } from './chart-frame';
import type { BarChartProps } from './types';

const Drawing = dynamic(() => import('./bar-drawing'), { ssr: false });

/** Amounts side by side, or on top of each other with `stacked`. Baseline zero. */
export function BarChart(props: BarChartProps) {
  return (
    <ChartFrame {...props}>
      <Drawing {...props} />
    </ChartFrame>
  );
}
