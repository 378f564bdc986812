'use client';
import { PenLine, WifiOff } from 'lucide-react';
import { useFormatter, useNow, useTranslations } from 'next-intl';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { useChannels } from '@/features/content/ui/composer/use-channels';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { PageHeader } from '@/ui/page-header';
import { Skeleton } from '@/ui/skeleton';
import { useOnline } from '@/ui/use-online';
import { conflictsOf, matchesFilters } from '../../calendar/schema';
import { type CalendarView, cellsOf, rangeOf, shift, today } from './calendar-days';
import { CalendarGrid } from './calendar-grid';
import { CalendarList } from './calendar-list';
import { CalendarToolbar } from './calendar-toolbar';
import { entriesOf } from './entries';
import { type CalendarAddress, dateFrom, useAddress, useDefaultView } from './use-address';
import { useCalendar } from './use-calendar';
import { useMoves } from './use-moves';

// Managing slots is rare; the calendar does not wait for it.
const SlotsSheet = lazy(() => import('./slots-sheet'));

const MINUTE = 60_000;

export interface CalendarScreenProps {
  organizationId: string;
  permissions: readonly string[];
  /** The person's own; every time is shown on its clocks. */
  zone: string;
}

/** What is planned and out, live, and movable. */
export function CalendarScreen({ organizationId, permissions, zone }: CalendarScreenProps) {
  const t = useTranslations('calendar');
  const now = useNow({ updateInterval: MINUTE });
  const { address, setAddress } = useAddress();
  const usual = useDefaultView();
  const online = useOnline();
  const channels = useChannels(organizationId);
  const [managing, setManaging] = useState(false);
  const view = address.view ?? usual;
  const date = dateFrom(address.date, today(now, zone));
  const range = useMemo(() => rangeOf(view, date, zone), [view, date, zone]);
  const calendar = useCalendar({ organizationId, zone, ...range });
  const tell = useTimeWords(zone);
  const { moved, move } = useMoves(calendar.reload, tell);
  const shown = useShown(calendar, address, moved, now);
  const canWrite = permissions.includes('content.write');
  const canMove = canWrite && permissions.includes('content.publish') && online;
  const create = canWrite && (
    <LinkButton href="/create" variant="primary" icon={PenLine}>
      {t('create')}
    </LinkButton>
  );
  const channelName = (id: string) => channels.byId.get(id)?.displayName ?? t('unknownChannel');
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description', { zone: zone.replaceAll('_', ' ') })}
        actions={create}
      />
      <CalendarToolbar
        organizationId={organizationId}
        view={view}
        date={date}
        onView={(next) => setAddress({ view: next })}
        onShift={(by) => setAddress({ date: shift(view, date, by) })}
        onToday={() => setAddress({ date: null })}
        address={address}
        onFilter={setAddress}
        channels={channels.channels}
        tags={shown.tags}
        onSlots={() => setManaging(true)}
      />
      {(!online || calendar.offline) && (
        <p role="status" className="mb-3 flex items-center gap-2 rounded-md bg-warn-tint px-3 py-2 text-sm">
          <WifiOff size={16} aria-hidden="true" className="text-warn" />
          {t('offline')}
        </p>
      )}
      {calendar.loading ? (
        <CalendarSkeleton view={view} date={date} />
      ) : calendar.error && shown.entries.length === 0 ? (
        <ErrorState error={calendar.error} onRetry={() => void calendar.reload()} />
      ) : view === 'list' ? (
        <CalendarList
          entries={shown.entries}
          slots={shown.slots}
          zone={zone}
          today={today(now, zone)}
          channelName={channelName}
          action={create}
        />
      ) : (
        <>
          {shown.entries.length === 0 && <EmptyHint filtered={shown.filtered} />}
          <CalendarGrid
            view={view}
            date={date}
            zone={zone}
            now={now}
            entries={shown.entries}
            slots={shown.slots}
            canMove={canMove}
            onMove={move}
            onDay={(day) => setAddress({ view: 'day', date: day })}
            channelName={channelName}
          />
        </>
      )}
      {managing && (
        <Suspense>
          <SlotsSheet
            zone={zone}
            channels={channels.channels}
            canManage={permissions.includes('channels.manage')}
            onClose={() => setManaging(false)}
            onChanged={calendar.reload}
          />
        </Suspense>
      )}
    </>
  );
}

/** Filters apply to what is loaded: changing one asks nobody. */
function useShown(
  calendar: Pick<ReturnType<typeof useCalendar>, 'items' | 'slots'>,
  address: CalendarAddress,
  moved: ReadonlyMap<string, Date>,
  now: Date,
) {
  const { items, slots } = calendar;
  return useMemo(() => {
    const { channel, status, campaign, tag, author } = address;
    const filters = {
      channel: channel ? [channel] : undefined,
      status: status ? [status] : undefined,
      campaign: campaign ?? undefined,
      tag: tag ?? undefined,
      author: author ?? undefined,
    };
    const conflicts = new Set(conflictsOf(items).flatMap((group) => group.runIds));
    const taken = new Set(items.map((item) => `${item.connectionId} ${item.dueAt.getTime()}`));
    const free = slots.filter(
      (slot) =>
        slot.at > now &&
        !taken.has(`${slot.connectionId} ${slot.at.getTime()}`) &&
        (!channel || slot.connectionId === channel),
    );
    return {
      entries: entriesOf(
        items.filter((item) => matchesFilters(item, filters)),
        conflicts,
        moved,
      ),
      slots: address.slots ? free : [],
      tags: [...new Set(items.flatMap((item) => item.tags))],
      filtered: Object.values(filters).some((value) => value !== undefined),
    };
  }, [items, slots, address, moved, now]);
}

/** An instant in words, on the person's clocks. */
function useTimeWords(timeZone: string): (at: Date) => string {
  const format = useFormatter();
  return useCallback(
    (at: Date) =>
      format.dateTime(at, {
        timeZone,
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        hour: '2-digit',
        minute: '2-digit',
      }),
    [format, timeZone],
  );
}

function EmptyHint({ filtered }: { filtered: boolean }) {
  const t = useTranslations('calendar');
  return (
    <p className="mb-3 rounded-md border border-dashed border-line bg-surface px-3 py-2 text-sm text-muted">
      {filtered ? t('emptyFiltered') : t('emptyHint')}
    </p>
  );
}

function CalendarSkeleton({ view, date }: { view: CalendarView; date: string }) {
  const t = useTranslations('calendar');
  const rows = view === 'month' ? cellsOf('month', date).length : 8;
  const columns = view === 'day' || view === 'list' ? 'grid-cols-1' : 'grid-cols-7';
  const cells = rows * (columns === 'grid-cols-7' ? 7 : 1);
  return (
    <div aria-busy="true" aria-label={t('loading')} role="status" className={`grid gap-1 ${columns}`}>
      {Array.from({ length: cells }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
        <Skeleton key={index} className={view === 'month' ? 'h-28' : 'h-12'} />
      ))}
    </div>
  );
}
