'use client';

import dynamic from 'next/dynamic';
import { ChartFrame } from './chart-frame';
import type { ChartProps } from './types';

// The drawing library is large and nobody reads a chart before the numbers above it.
const Drawing = dynamic(() => import('./line-drawing'), { ssr: false });

/** Values over time. Baseline zero, gaps as gaps, every line named at its end. */
export function LineChart(props: ChartProps) {
  return (
    <ChartFrame {...props}>
      <Drawing {...props} />
    </ChartFrame>
  );
}
