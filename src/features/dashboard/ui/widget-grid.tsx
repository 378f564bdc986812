'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Card } from '@/ui/card';
import { cn } from '@/ui/cn';
import type { Widget } from '../schema';
import { WidgetBody, type WidgetData } from './widget-body';

export const GRID = 'grid grid-cols-1 items-stretch gap-4 lg:grid-cols-12';

const COLUMNS: Record<Widget['size']['columns'], string> = {
  4: 'lg:col-span-4',
  6: 'lg:col-span-6',
  8: 'lg:col-span-8',
  12: 'lg:col-span-12',
};
const ROWS: Record<Widget['size']['rows'], string> = {
  1: 'lg:min-h-44',
  2: 'lg:min-h-88',
  3: 'lg:min-h-132',
};

export function cellClass({ size }: Widget): string {
  return cn('min-w-0', COLUMNS[size.columns], ROWS[size.rows]);
}

type WidgetCardProps = {
  widget: Widget;
  data: WidgetData;
  onQuery: (query: Widget['query']) => void;
  actions?: ReactNode;
  className?: string | undefined;
};

export function WidgetCard({ widget, data, onQuery, actions, className }: WidgetCardProps) {
  const t = useTranslations('dashboard.widget');
  return (
    <Card title={t(widget.type)} actions={actions} className={cn('h-full', className)}>
      <WidgetBody widget={widget} data={data} onQuery={onQuery} />
    </Card>
  );
}

type WidgetGridProps = {
  widgets: readonly Widget[];
  data: WidgetData;
  onQuery: (id: string, query: Widget['query']) => void;
};

/** The widgets in their places. On narrow screens one below the other. */
export function WidgetGrid({ widgets, data, onQuery }: WidgetGridProps) {
  return (
    <div className={GRID}>
      {widgets.map((widget) => (
        <div key={widget.id} className={cellClass(widget)}>
          <WidgetCard widget={widget} data={data} onQuery={(query) => onQuery(widget.id, query)} />
        </div>
      ))}
    </div>
  );
}
