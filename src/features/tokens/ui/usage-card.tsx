'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Card } from '@/ui/card';
import { BarChart } from '@/ui/chart/bar-chart';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import type { UsageResponse } from '../schema';
import { usageSeries } from './usage-series';

const SPLITS = ['task', 'provider', 'member'] as const;
type Split = (typeof SPLITS)[number];
export const RANGES = [7, 30, 90] as const;
export type Range = (typeof RANGES)[number];

type UsageCardProps = {
  usage: UsageResponse | undefined;
  error: unknown;
  onRetry: () => void;
  range: Range;
  onRangeChange: (range: Range) => void;
  memberName: (userId: string) => string;
};

/** What the tokens went into: by day and task or provider, and who used them. */
export function UsageCard({ usage, error, onRetry, range, onRangeChange, memberName }: UsageCardProps) {
  const t = useTranslations('tokens.usage');
  const format = useFormatter();
  const [split, setSplit] = useState<Split>('task');
  const actions = (
    <>
      <SegmentedControl
        aria-label={t('splitBy')}
        size="sm"
        value={split}
        onValueChange={setSplit}
        options={SPLITS.map((value) => ({ value, label: t(`split.${value}`) }))}
      />
      <SegmentedControl
        aria-label={t('range')}
        size="sm"
        value={String(range)}
        onValueChange={(value) => onRangeChange(RANGES.find((one) => String(one) === value) ?? 30)}
        options={RANGES.map((days) => ({ value: String(days), label: t('days', { count: days }) }))}
      />
    </>
  );
  return (
    <Card
      title={t('title')}
      description={usage && t('total', { count: usage.total, days: range })}
      actions={actions}
    >
      {error && !usage ? (
        <ErrorState error={error} onRetry={onRetry} compact />
      ) : !usage ? (
        <Skeleton className="h-66 w-full" />
      ) : usage.total === 0 ? (
        <EmptyState
          title={t('emptyTitle')}
          body={t('emptyBody')}
          outline="tiles"
          action={
            <LinkButton href="/create" variant="primary">
              {t('emptyAction')}
            </LinkButton>
          }
        />
      ) : split === 'member' ? (
        <Ranking rows={usage.byMember} nameOf={memberName} label={t('byMember')} />
      ) : (
        <Days usage={usage} split={split} formatDay={(day) => shortDay(format, day)} />
      )}
    </Card>
  );
}

function shortDay(format: ReturnType<typeof useFormatter>, day: string | number): string {
  return format.dateTime(new Date(`${day}T12:00:00Z`), { day: 'numeric', month: 'short', timeZone: 'UTC' });
}

type DaysProps = {
  usage: UsageResponse;
  split: 'task' | 'provider';
  formatDay: (day: string | number) => string;
};

function Days({ usage, split, formatDay }: DaysProps) {
  const t = useTranslations('tokens');
  const { points, keys } = usageSeries(usage.days, split === 'task' ? 'byTask' : 'byProvider');
  const label = (key: string) =>
    key === 'other' ? t('usage.other') : split === 'task' && t.has(`task.${key}`) ? t(`task.${key}`) : key;
  return (
    <BarChart
      label={t(split === 'task' ? 'usage.byTask' : 'usage.byProvider')}
      points={points}
      series={keys.map((key) => ({ key, label: label(key) }))}
      unit={t('usage.unit')}
      formatX={formatDay}
      stacked
    />
  );
}

type RankingProps = {
  rows: Record<string, number>;
  nameOf: (id: string) => string;
  label: string;
};

/** People have no day axis worth six colours: one bar each, longest first. */
function Ranking({ rows, nameOf, label }: RankingProps) {
  const format = useFormatter();
  const sorted = Object.entries(rows).sort(([, a], [, b]) => b - a);
  const most = sorted[0]?.[1] ?? 1;
  return (
    <ol aria-label={label} className="grid max-h-80 gap-2 overflow-y-auto text-sm">
      {sorted.map(([id, tokens]) => (
        <li key={id} className="grid grid-cols-[minmax(6rem,14rem)_1fr_auto] items-center gap-3">
          <span className="truncate">{nameOf(id)}</span>
          <span aria-hidden="true" className="h-2 rounded-full bg-ink/5">
            <span
              className="block h-full rounded-full bg-chart-1"
              style={{ width: `${(100 * tokens) / most}%` }}
            />
          </span>
          <span className="text-right tabular-nums">{format.number(tokens)}</span>
        </li>
      ))}
    </ol>
  );
}
