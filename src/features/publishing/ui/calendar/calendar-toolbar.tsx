'use client';
import { CalendarClock, ChevronLeft, ChevronRight } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useLiveQuery } from '@/client/use-live-query';
import { useCampaigns } from '@/features/content/ui/use-campaigns';
import { memberModel } from '@/features/organizations/schema';
import type { Connection } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { networkName } from '@/ui/network-mark';
import { SegmentedControl } from '@/ui/segmented-control';
import { Select, type SelectOption } from '@/ui/select';
import { Switch } from '@/ui/switch';
import { RUN_STATUSES } from '../../schema';
import { type CalendarView, datesOf, VIEWS } from './calendar-days';
import type { CalendarAddress } from './use-address';

export interface CalendarToolbarProps {
  organizationId: string;
  view: CalendarView;
  date: string;
  onView: (view: CalendarView) => void;
  onShift: (by: 1 | -1) => void;
  onToday: () => void;
  address: CalendarAddress;
  onFilter: (change: Partial<CalendarAddress>) => void;
  channels: readonly Connection[];
  /** Tags of what is in sight. */
  tags: readonly string[];
  onSlots: (() => void) | null;
}

/** Which time, which view, and what of it. */
export function CalendarToolbar(props: CalendarToolbarProps) {
  const { view, date } = props;
  const t = useTranslations('calendar');
  const format = useFormatter();
  return (
    <div className="mb-3 grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <SegmentedControl
          aria-label={t('view')}
          value={view}
          onValueChange={props.onView}
          options={VIEWS.map((value) => ({ value, label: t(`views.${value}`) }))}
        />
        <div className="flex items-center gap-2">
          <IconButton
            label={t('previous')}
            icon={ChevronLeft}
            variant="secondary"
            onClick={() => props.onShift(-1)}
          />
          <Button onClick={props.onToday}>{t('today')}</Button>
          <IconButton
            label={t('next')}
            icon={ChevronRight}
            variant="secondary"
            onClick={() => props.onShift(1)}
          />
        </div>
        <h2 aria-live="polite" className="text-lg font-semibold tabular-nums">
          {titleOf(view, date, format)}
        </h2>
      </div>
      <Filters {...props} />
    </div>
  );
}

function Filters(props: CalendarToolbarProps) {
  const { address, onFilter, organizationId } = props;
  const t = useTranslations('calendar');
  const states = useTranslations('content.runStatus');
  const campaigns = useCampaigns(organizationId);
  const members = useLiveQuery({ model: memberModel, params: { orgId: organizationId }, limit: 200 });
  const choice = (
    field: 'channel' | 'status' | 'campaign' | 'tag' | 'author',
    options: readonly SelectOption[],
  ) =>
    options.length > 0 && (
      <Select
        aria-label={t(`filter.${field}`)}
        placeholder={t(`filter.every.${field}`)}
        value={address[field] ?? ''}
        onValueChange={(value) => onFilter({ [field]: value || null })}
        options={options}
        className="w-40 max-sm:w-full"
      />
    );
  return (
    <div className="flex flex-wrap items-center gap-2 max-sm:grid max-sm:grid-cols-2">
      {choice(
        'channel',
        props.channels.map(({ id, platform, displayName }) => ({
          value: id,
          label: `${networkName(platform)} · ${displayName}`,
        })),
      )}
      {choice(
        'status',
        RUN_STATUSES.filter((status) => status !== 'cancelled' && status !== 'deleted').map((status) => ({
          value: status,
          label: states(status),
        })),
      )}
      {choice(
        'campaign',
        campaigns.map(({ id, name }) => ({ value: id, label: name })),
      )}
      {choice(
        'tag',
        [...new Set([...props.tags, ...(address.tag ? [address.tag] : [])])]
          .sort()
          .map((tag) => ({ value: tag, label: tag })),
      )}
      {choice(
        'author',
        members.items.map(({ userId, displayName }) => ({ value: userId, label: displayName })),
      )}
      <Switch
        label={t('filter.slots')}
        checked={address.slots}
        onCheckedChange={(slots) => onFilter({ slots })}
      />
      {props.onSlots && (
        <Button icon={CalendarClock} onClick={props.onSlots} className="sm:ml-auto">
          {t('slots.manage')}
        </Button>
      )}
    </div>
  );
}

function titleOf(view: CalendarView, date: string, format: ReturnType<typeof useFormatter>): string {
  const at = (day: string) => new Date(`${day}T12:00:00Z`);
  if (view === 'month' || view === 'list')
    return format.dateTime(at(date), { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const words = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const;
  if (view === 'day') return format.dateTime(at(date), { weekday: 'long', ...words });
  const dates = datesOf(view, date);
  // Servers and browsers carry different editions of the locale data: one puts thin spaces round the dash.
  return format
    .dateTimeRange(at(dates[0] ?? date), at(dates.at(-1) ?? date), words)
    .replaceAll(/[\u2009\u202f]/g, ' ');
}
