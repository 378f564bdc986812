// biome-ignore-all lint/a11y/useSemanticElements: a table cannot scroll under its own head and lay its rows out as grids.
// biome-ignore-all lint/a11y/useFocusableInteractive: one cell at a time takes focus, which the grid moves; heads and rows take none.
'use client';
import { useFormatter, useTranslations } from 'next-intl';
import type { DragEvent } from 'react';
import { localOf } from '@/core/time/zones';
import { cn } from '@/ui/cn';
import type { CalendarSlot } from '../../calendar/schema';
import type { Cell } from './calendar-days';
import type { Entry } from './entries';
import { EntryChip } from './entry-chip';

interface SpotProps {
  'data-spot': string;
  tabIndex: number;
  onFocus: () => void;
}

export interface GridCellProps {
  cell: Cell;
  name: string;
  view: 'day' | 'week' | 'month';
  zone: string;
  /** A day of the month before or after. */
  outside: boolean;
  past: boolean;
  /** Set in the cell that holds the present. */
  now: Date | null;
  entries: readonly Entry[];
  /** How many more there are. */
  hidden: number;
  slots: readonly CalendarSlot[];
  /** Something hovers over it. */
  target: boolean;
  /** Key of the entry that is carried. */
  carried: string | null;
  canMove: boolean;
  spotProps: (index: number | null) => SpotProps;
  onDay: () => void;
  onDragStart: (entry: Entry) => void;
  onDragEnd: () => void;
  onDragOver: (event: DragEvent) => void;
  onDrop: (event: DragEvent) => void;
  channelName: (connectionId: string) => string;
}

/** A day or an hour: what is in it, its free slots, and the line of the present. */
export function GridCell(props: GridCellProps) {
  const { cell, name, view, zone, entries, hidden, slots, target, past, now } = props;
  const t = useTranslations('calendar');
  const { onFocus, ...spot } = props.spotProps(null);
  return (
    <div
      {...spot}
      onFocus={(event) => event.target === event.currentTarget && onFocus()}
      role="gridcell"
      data-cell={cell.hour === null ? cell.date : `${cell.date}T${String(cell.hour).padStart(2, '0')}`}
      onDragOver={props.onDragOver}
      onDrop={props.onDrop}
      className={cn(
        '@container relative grid min-w-0 content-start gap-1 border-t border-l border-line p-1 first:border-l-0 focus-visible:-outline-offset-2',
        view === 'month' ? 'min-h-28' : 'min-h-12',
        (past || props.outside) && 'bg-sunken',
        target && (past ? 'bg-danger-tint' : 'bg-iris-tint'),
      )}
    >
      <span className="sr-only">{t('cellLabel', { place: name, count: entries.length + hidden })}</span>
      {now && <NowLine now={now} zone={zone} view={view} />}
      {cell.hour === null && (
        <button
          type="button"
          tabIndex={-1}
          onClick={props.onDay}
          aria-label={t('openDay', { day: name })}
          className={cn(
            'justify-self-start rounded-md px-1 text-xs tabular-nums hover:bg-ink/6',
            now ? 'font-semibold text-ink' : 'text-muted',
          )}
        >
          {Number(cell.date.slice(8))}
        </button>
      )}
      {entries.map((entry, index) => (
        <EntryChip
          key={entry.key}
          {...props.spotProps(index)}
          entry={entry}
          zone={zone}
          canMove={props.canMove}
          carried={props.carried === entry.key}
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = 'move';
            event.dataTransfer.setData('text/plain', entry.key);
            props.onDragStart(entry);
          }}
          onDragEnd={props.onDragEnd}
        />
      ))}
      {hidden > 0 && (
        <button
          type="button"
          tabIndex={-1}
          onClick={props.onDay}
          className="justify-self-start rounded-md px-1 text-xs text-iris-text hover:underline"
        >
          {t('more', { count: hidden })}
        </button>
      )}
      {slots.map((slot) => (
        <FreeSlot
          key={`${slot.slotId} ${slot.at.getTime()}`}
          slot={slot}
          zone={zone}
          name={props.channelName(slot.connectionId)}
        />
      ))}
    </div>
  );
}

/** Dotted: a time of the queue nobody has taken. */
export function FreeSlot({ slot, zone, name }: { slot: CalendarSlot; zone: string; name: string }) {
  const t = useTranslations('calendar');
  const format = useFormatter();
  const time = format.dateTime(slot.at, { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  return (
    <span
      title={t('freeSlot', { time, channel: name })}
      className="flex h-5 min-w-0 items-center gap-1 overflow-hidden rounded-md border border-dotted border-edge px-1.5 text-xs text-muted @max-[5rem]:px-0.5"
    >
      <span className="shrink-0 tabular-nums">{time}</span>
      <span className="truncate">{slot.label || name}</span>
      <span className="sr-only">{t('free')}</span>
    </span>
  );
}

function NowLine({ now, zone, view }: { now: Date; zone: string; view: GridCellProps['view'] }) {
  const minute = Number(localOf(now, zone).slice(14));
  const top = view === 'month' ? '0%' : `${(minute / 60) * 100}%`;
  return (
    <span
      aria-hidden="true"
      className="pointer-events-none absolute inset-x-0 h-0.5 bg-coral"
      style={{ top }}
    />
  );
}
