'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { parseAsNumberLiteral, parseAsStringLiteral, useQueryState } from 'nuqs';
import { useMemo, useState } from 'react';
import { useCan, useSession } from '@/client/session';
import { Card } from '@/ui/card';
import { BarChart } from '@/ui/chart/bar-chart';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import { Stat } from '@/ui/stat';
import type { UsageResponse } from '../insight-schema';
import { costText } from './amounts';
import { CallsSection } from './calls-section';
import { QuotaCard } from './quota-card';
import { type DayRange, dayOf, everyDay, failureShare, RANGES, rangeOf } from './usage-range';
import { UsageSplit } from './usage-split';
import { useFollowUsage, useMemberNames, useUsage } from './use-usage';

const MEASURES = ['cost', 'tokens', 'calls'] as const;
type Measure = (typeof MEASURES)[number];

/** What AI work was done, by whom and with what, what it cost, and what is left this month. */
export function UsageScreen() {
  const t = useTranslations('ai.usage');
  const { organization } = useSession();
  const manages = useCan('ai.manage');
  const [today] = useState(() => new Date());
  const [days, setDays] = useQueryState('days', parseAsNumberLiteral(RANGES).withDefault(30));
  const range = useMemo(() => rangeOf(today, days), [today, days]);
  const usage = useUsage(organization.id, range, 'day');
  const names = useMemberNames(organization.id);
  useFollowUsage(organization.id, dayOf(today));
  const empty = usage.data?.totals.requests === 0;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm text-muted">{t(manages ? 'everybody' : 'own')}</p>
        <SegmentedControl
          aria-label={t('range')}
          size="sm"
          value={String(days)}
          onValueChange={(value) => void setDays(RANGES.find((one) => String(one) === value) ?? 30)}
          options={RANGES.map((count) => ({ value: String(count), label: t('days', { count }) }))}
        />
      </div>
      {usage.error && !usage.data ? (
        <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />
      ) : empty ? (
        <EmptyState
          title={t('emptyTitle', { days })}
          body={t('emptyBody')}
          outline="tiles"
          action={
            <LinkButton href="/create" variant="primary">
              {t('emptyAction')}
            </LinkButton>
          }
        />
      ) : (
        <>
          <Figures totals={usage.data?.totals} manages={manages} days={days} />
          <DaysCard usage={usage.data} range={range} manages={manages} />
          <UsageSplit organizationId={organization.id} range={range} manages={manages} names={names} />
        </>
      )}
      <QuotaCard organizationId={organization.id} manages={manages} />
      {!empty && <CallsSection organizationId={organization.id} manages={manages} names={names} />}
    </>
  );
}

type FiguresProps = { totals: UsageResponse['totals'] | undefined; manages: boolean; days: number };

function Figures({ totals, manages, days }: FiguresProps) {
  const t = useTranslations('ai.usage');
  const format = useFormatter();
  const loading = totals === undefined;
  const share = totals ? failureShare(totals) : null;
  return (
    <div
      className={`grid grid-cols-2 items-start overflow-hidden rounded-lg border border-line bg-surface ${manages ? 'lg:grid-cols-4' : 'lg:grid-cols-3'}`}
    >
      <Stat
        label={t('calls')}
        value={totals ? format.number(totals.requests) : null}
        since={t('inDays', { days })}
        loading={loading}
      />
      <Stat
        label={t('modelTokens')}
        value={
          totals ? format.number(totals.inputTokens + totals.outputTokens, { notation: 'compact' }) : null
        }
        since={
          totals &&
          t('inOut', {
            read: format.number(totals.inputTokens, { notation: 'compact' }),
            written: format.number(totals.outputTokens, { notation: 'compact' }),
          })
        }
        loading={loading}
      />
      <Stat
        label={t('failed')}
        value={share === null ? null : format.number(share, { style: 'percent', maximumFractionDigits: 1 })}
        since={totals && t('failedNote', { count: totals.failures })}
        loading={loading}
      />
      {manages && (
        <Stat
          label={t('cost')}
          value={totals?.costMicros === undefined ? null : costText(format, totals.costMicros)}
          since={t('costNote')}
          loading={loading}
        />
      )}
    </div>
  );
}

type DaysCardProps = { usage: UsageResponse | undefined; range: DayRange; manages: boolean };

function DaysCard({ usage, range, manages }: DaysCardProps) {
  const t = useTranslations('ai.usage');
  const measures = MEASURES.filter((one) => manages || one !== 'cost');
  const [measure, setMeasure] = useQueryState('show', parseAsStringLiteral(MEASURES).withDefault('tokens'));
  const shown = measures.includes(measure) ? measure : 'tokens';
  return (
    <Card
      title={t('byDay')}
      actions={
        <SegmentedControl<Measure>
          aria-label={t('measure')}
          size="sm"
          value={shown}
          onValueChange={(value) => void setMeasure(value)}
          options={measures.map((value) => ({ value, label: t(`measures.${value}`) }))}
        />
      }
    >
      {usage ? (
        <DaysChart usage={usage} range={range} measure={shown} />
      ) : (
        <Skeleton className="h-66 w-full" />
      )}
    </Card>
  );
}

function DaysChart({ usage, range, measure }: { usage: UsageResponse; range: DayRange; measure: Measure }) {
  const t = useTranslations('ai.usage');
  const format = useFormatter();
  const days = everyDay(usage.rows, range);
  const formatX = (day: string | number) =>
    format.dateTime(new Date(`${day}T12:00:00Z`), { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const common = { label: t('byDay'), formatX, unit: t(`units.${measure}`), stacked: true };
  if (measure === 'cost')
    return (
      <BarChart
        {...common}
        points={days.map(({ day, costMicros = 0 }) => ({ x: day, cost: costMicros / 1_000_000 }))}
        series={[{ key: 'cost', label: t('measures.cost') }]}
        formatValue={(dollars) => format.number(dollars, { maximumSignificantDigits: 3 })}
      />
    );
  if (measure === 'tokens')
    return (
      <BarChart
        {...common}
        points={days.map(({ day, inputTokens, outputTokens }) => ({
          x: day,
          read: inputTokens,
          written: outputTokens,
        }))}
        series={[
          { key: 'read', label: t('read') },
          { key: 'written', label: t('written') },
        ]}
      />
    );
  return (
    <BarChart
      {...common}
      points={days.map(({ day, requests, failures }) => ({
        x: day,
        answered: requests - failures,
        failed: failures,
      }))}
      series={[
        { key: 'answered', label: t('answered') },
        { key: 'failed', label: t('failed') },
      ]}
    />
  );
}
