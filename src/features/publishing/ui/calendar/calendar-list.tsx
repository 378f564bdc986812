'use client';
import { CalendarDays } from 'lucide-react';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { localOf } from '@/core/time/zones';
import { RunStatusBadge } from '@/features/content/ui/posts/run-status';
import { EmptyState } from '@/ui/empty-state';
import { NetworkMark } from '@/ui/network-mark';
import { SandboxTag } from '@/ui/sandbox-tag';
import type { CalendarSlot } from '../../calendar/schema';
import type { Entry } from './entries';
import { FreeSlot } from './grid-cell';

export interface CalendarListProps {
  entries: readonly Entry[];
  slots: readonly CalendarSlot[];
  zone: string;
  /** `2026-11-22` on the person's clocks. */
  today: string;
  channelName: (connectionId: string) => string;
  /** Offered when there is nothing. */
  action: ReactNode;
}

interface Day {
  date: string;
  entries: Entry[];
  slots: CalendarSlot[];
}

/** A month day by day, one row each: what phones open with. Of the running month, what is ahead comes first. */
export function CalendarList({ entries, slots, zone, today, channelName, action }: CalendarListProps) {
  const t = useTranslations('calendar');
  const days = daysOf(entries, slots, zone);
  if (days.length === 0)
    return <EmptyState icon={CalendarDays} title={t('emptyTitle')} body={t('emptyBody')} action={action} />;
  const ahead = days.filter(({ date }) => date >= today);
  const before = days.filter(({ date }) => date < today);
  const shown = (of: readonly Day[]) =>
    of.map((day) => <DayRows key={day.date} day={day} zone={zone} channelName={channelName} />);
  if (ahead.length === 0) return <div className="grid gap-5">{shown(before)}</div>;
  return (
    <div className="grid gap-5">
      {before.length > 0 && (
        <details className="group">
          <summary className="cursor-pointer text-sm font-medium text-muted hover:text-ink">
            {t('earlier', { count: before.reduce((sum, day) => sum + day.entries.length, 0) })}
          </summary>
          <div className="mt-4 grid gap-5">{shown(before)}</div>
        </details>
      )}
      {shown(ahead)}
    </div>
  );
}

function daysOf(entries: readonly Entry[], slots: readonly CalendarSlot[], zone: string): Day[] {
  const days = new Map<string, Day>();
  const day = (at: Date) => {
    const date = localOf(at, zone).slice(0, 10);
    const known = days.get(date) ?? { date, entries: [], slots: [] };
    days.set(date, known);
    return known;
  };
  for (const entry of entries) day(entry.dueAt).entries.push(entry);
  for (const slot of slots) day(slot.at).slots.push(slot);
  return [...days.values()].sort((a, b) => a.date.localeCompare(b.date));
}

interface DayRowsProps extends Pick<CalendarListProps, 'zone' | 'channelName'> {
  day: Day;
}

function DayRows({ day: { date, entries, slots }, zone, channelName }: DayRowsProps) {
  const format = useFormatter();
  return (
    <section aria-labelledby={`day-${date}`} className="grid gap-2">
      <h2 id={`day-${date}`} className="text-sm font-semibold">
        {format.dateTime(new Date(`${date}T12:00:00Z`), {
          weekday: 'long',
          day: 'numeric',
          month: 'long',
          timeZone: 'UTC',
        })}
      </h2>
      {entries.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {entries.map((entry) => (
            <li key={entry.key}>
              <EntryRow entry={entry} zone={zone} />
            </li>
          ))}
        </ul>
      )}
      {slots.length > 0 && (
        <div className="flex flex-wrap gap-1.5">
          {slots.map((slot) => (
            <FreeSlot
              key={`${slot.slotId} ${slot.at.getTime()}`}
              slot={slot}
              zone={zone}
              name={channelName(slot.connectionId)}
            />
          ))}
        </div>
      )}
    </section>
  );
}

function EntryRow({ entry, zone }: { entry: Entry; zone: string }) {
  const t = useTranslations('calendar');
  const format = useFormatter();
  return (
    <Link
      href={`/posts/${encodeURIComponent(entry.postId)}`}
      prefetch={false}
      className="grid gap-1 px-3 py-2 text-ink no-underline hover:bg-sunken sm:grid-cols-[4rem_minmax(0,1fr)_auto] sm:items-center sm:gap-3"
    >
      <time dateTime={entry.dueAt.toISOString()} className="text-sm tabular-nums text-muted">
        {format.dateTime(entry.dueAt, { timeZone: zone, hour: '2-digit', minute: '2-digit' })}
      </time>
      <span className="flex min-w-0 items-center gap-2">
        {entry.channels.slice(0, 4).map(({ id, platform }) => (
          <NetworkMark key={id} platform={platform} />
        ))}
        <span className="truncate">{entry.text || <em className="text-muted">{t('noText')}</em>}</span>
      </span>
      <span className="flex flex-wrap items-center gap-2">
        {entry.conflict && <span className="text-xs text-warn">{t('conflict')}</span>}
        <RunStatusBadge status={entry.status} />
        {entry.sandbox && <SandboxTag />}
      </span>
    </Link>
  );
}
