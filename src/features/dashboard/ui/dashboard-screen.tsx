'use client';

import { LayoutGrid, Plus, RotateCcw } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useChannels } from '@/features/platforms/ui/use-channels';
import { LowBalanceBanner } from '@/features/tokens/ui/low-balance-banner';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Menu } from '@/ui/menu';
import { PageHeader } from '@/ui/page-header';
import { SandboxTag } from '@/ui/sandbox-tag';
import { SegmentedControl } from '@/ui/segmented-control';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { PERIOD_DAYS, PERIODS, STANDARD_LAYOUT } from '../schema';
import { added, missing } from './arrangement';
import { FiguresRow } from './figures-row';
import { type DashboardScope, useDashboard } from './use-dashboard';
import { type LayoutState, useLayout } from './use-layout';
import type { WidgetData } from './widget-body';
import { cellClass, GRID, WidgetGrid } from './widget-grid';

// Dragging is loaded when somebody arranges; most visits only look.
const ArrangeGrid = dynamic(() => import('./arrange-grid'), { ssr: false, loading: () => <GridSkeleton /> });

const ADDRESS = {
  period: parseAsStringLiteral(PERIODS).withDefault('28d'),
  channel: parseAsString,
};

export type DashboardScreenProps = { organizationId: string; permissions: readonly string[] };

/** How the organisation is doing, live: figures first, then the widgets each person arranged for themselves. */
export function DashboardScreen({ organizationId, permissions }: DashboardScreenProps) {
  const t = useTranslations('dashboard');
  const [{ period, channel }, setAddress] = useQueryStates(ADDRESS);
  const scope: DashboardScope = { organizationId, period, channel };
  const { overview, performance } = useDashboard(scope);
  const channels = useChannels(organizationId);
  const layout = useLayout(organizationId);
  const shown = channel ? channels.channels.filter((one) => one.id === channel) : channels.channels;
  const named = new Map(channels.channels.map((one) => [one.id, one]));
  const data: WidgetData = {
    scope,
    performance: performance.data,
    performanceError: performance.error,
    onRetry: () => void performance.refetch(),
    channels: shown,
    channelsLive: channels,
    channelOf: (id) => {
      const one = named.get(id);
      return one && { name: one.displayName, platform: one.platform, sandbox: one.sandbox };
    },
  };
  return (
    <>
      <PageHeader
        title={t('title')}
        aside={shown.some((one) => one.sandbox) && <SandboxTag />}
        actions={
          <>
            <SegmentedControl
              aria-label={t('period')}
              value={period}
              onValueChange={(next) => void setAddress({ period: next })}
              options={PERIODS.map((value) => ({ value, label: t('days', { days: PERIOD_DAYS[value] }) }))}
            />
            <Field label={t('channel')} hideLabel className="w-44">
              <Select
                value={channel ?? ''}
                placeholder={t('allChannels')}
                onValueChange={(next) => void setAddress({ channel: next || null })}
                options={channels.channels.map((one) => ({ value: one.id, label: one.displayName }))}
              />
            </Field>
            {permissions.includes('dashboard.write') && <ArrangeActions layout={layout} />}
          </>
        }
      />
      <div className="grid min-w-0 gap-4">
        <LowBalanceBanner organizationId={organizationId} />
        <FiguresRow overview={overview.data} error={overview.error} onRetry={() => void overview.refetch()} />
        <Widgets layout={layout} data={data} />
      </div>
    </>
  );
}

function Widgets({ layout, data }: { layout: LayoutState; data: WidgetData }) {
  const t = useTranslations('dashboard');
  if (layout.error) return <ErrorState error={layout.error} onRetry={layout.retry} />;
  if (!layout.widgets) return <GridSkeleton />;
  if (layout.arranging)
    return (
      <div>
        {layout.saveError && (
          <ErrorState error={layout.saveError} safe={t('arrange.kept')} compact className="mb-3" />
        )}
        <ArrangeGrid widgets={layout.widgets} data={data} onChange={layout.change} />
      </div>
    );
  if (layout.widgets.length === 0)
    return (
      <EmptyState
        icon={LayoutGrid}
        outline="tiles"
        title={t('arrange.nothing')}
        body={t('arrange.nothingBody')}
        action={<Button onClick={layout.arrange}>{t('arrange.start')}</Button>}
      />
    );
  return <WidgetGrid widgets={layout.widgets} data={data} onQuery={layout.showOnly} />;
}

/** Arrange, then save or leave it as it was. */
function ArrangeActions({ layout }: { layout: LayoutState }) {
  const t = useTranslations('dashboard.arrange');
  const names = useTranslations('dashboard.widget');
  const { widgets } = layout;
  if (!layout.arranging || !widgets)
    return (
      <Button icon={<LayoutGrid aria-hidden="true" />} onClick={layout.arrange} disabled={!widgets}>
        {t('start')}
      </Button>
    );
  return (
    <>
      <Menu
        align="end"
        trigger={<Button icon={<Plus aria-hidden="true" />}>{t('add')}</Button>}
        items={[
          ...missing(widgets).map((type) => ({
            label: names(type),
            onSelect: () => layout.change(added(widgets, type)),
          })),
          'separator' as const,
          {
            label: t('reset'),
            icon: RotateCcw,
            onSelect: () => layout.change([...STANDARD_LAYOUT]),
          },
        ]}
      />
      <Button variant="ghost" onClick={layout.cancel}>
        {t('cancel')}
      </Button>
      <Button variant="primary" loading={layout.saving} onClick={layout.save}>
        {t('save')}
      </Button>
    </>
  );
}

function GridSkeleton() {
  return (
    <div className={GRID} aria-busy="true" aria-hidden="true">
      {STANDARD_LAYOUT.map((widget) => (
        <Skeleton key={widget.id} className={`${cellClass(widget)} min-h-44`} />
      ))}
    </div>
  );
}
