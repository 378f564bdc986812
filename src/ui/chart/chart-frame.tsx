'use client';

import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { cn } from '../cn';
import { ChartTable } from './chart-table';
import type { ChartProps } from './types';

const HEIGHT = 240;

/** Room of the right height from the start, the unit, and the same numbers as a table. */
export function ChartFrame(props: ChartProps & { children: ReactNode }) {
  const t = useTranslations('common.chart');
  const format = useFormatter();
  const formatValue = props.formatValue ?? ((value: number) => format.number(value));
  const formatX = props.formatX ?? String;
  const measured = props.points.some((point) =>
    props.series.some((series) => typeof point[series.key] === 'number'),
  );
  return (
    <figure className={cn('relative min-w-0', props.className)}>
      <p aria-hidden="true" className="mb-1 text-xs text-muted">
        {props.unit}
      </p>
      <div style={{ height: props.height ?? HEIGHT }} className="text-xs">
        {measured ? (
          <div aria-hidden="true" className="size-full">
            {props.children}
          </div>
        ) : (
          <p className="outline-slot flex size-full items-center justify-center text-sm text-muted">
            {t('empty')}
          </p>
        )}
      </div>
      <ChartTable {...props} formatValue={formatValue} formatX={formatX} />
    </figure>
  );
}
