// biome-ignore-all lint/a11y/useSemanticElements: a table cannot scroll under its own head and lay its rows out as grids.
// biome-ignore-all lint/a11y/useFocusableInteractive: one cell at a time takes focus, which the grid moves; heads and rows take none.
'use client';
import { useFormatter, useTranslations } from 'next-intl';
import { type DragEvent, useEffect, useState } from 'react';
import { cn } from '@/ui/cn';
import type { CalendarSlot } from '../../calendar/schema';
import { type Cell, cellKey, cellsOf, keyAt } from './calendar-days';
import { byCell, type Entry } from './entries';
import { useEntryName } from './entry-chip';
import { GridCell } from './grid-cell';
import { landingOf } from './moving';
import { useGridKeys } from './use-grid-keys';

export interface CalendarGridProps {
  view: 'day' | 'week' | 'month';
  /** Any date inside what is shown. */
  date: string;
  zone: string;
  now: Date;
  entries: readonly Entry[];
  slots: readonly CalendarSlot[];
  canMove: boolean;
  /** @returns what is announced. */
  onMove: (entry: Entry, at: Date) => string;
  onDay: (date: string) => void;
  channelName: (connectionId: string) => string;
}

/** Days of a month, or hours of days: entries in their cells, to be dragged or carried to another one. */
export function CalendarGrid(props: CalendarGridProps) {
  const { view, date, zone, now, canMove } = props;
  const t = useTranslations('calendar');
  const format = useFormatter();
  const nameOf = useEntryName();
  const cells = cellsOf(view, date);
  const entries = byCell(props.entries, (entry) => entry.dueAt, zone, view);
  const slots = byCell(props.slots, (slot) => slot.at, zone, view);
  const current = keyAt(now, zone, view);
  const [dragged, setDragged] = useState<Entry | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const cellName = ({ date: day, hour }: Cell) => {
    const at = new Date(`${day}T${String(hour ?? 0).padStart(2, '0')}:00:00Z`);
    const words = { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' } as const;
    return format.dateTime(at, hour === null ? words : { ...words, hour: '2-digit', minute: '2-digit' });
  };
  const onDrop = (entry: Entry, cell: Cell) => props.onMove(entry, landingOf(entry.dueAt, cell, zone));
  const keys = useGridKeys({
    cells,
    entriesAt: (cell) => visible(entries.get(cellKey(cell)) ?? [], view),
    canMove,
    nameOf: (entry) => nameOf(entry, zone),
    cellName,
    onDrop,
    start: startOf(cells, current),
  });
  useScrollToMorning(keys.grid, view, date);
  const release = (event: DragEvent, cell: Cell) => {
    event.preventDefault();
    setOver(null);
    setDragged(null);
    if (dragged) onDrop(dragged, cell);
  };
  const columns =
    view === 'day' ? 'grid-cols-[3.5rem_minmax(0,1fr)]' : 'grid-cols-[3.5rem_repeat(7,minmax(0,1fr))]';
  const template = view === 'month' ? 'grid-cols-7' : columns;
  const head = cells[0] ?? [];
  return (
    <>
      <p id="calendar-keys" className="sr-only">
        {t('keys.help')}
      </p>
      <div role="status" aria-live="assertive" data-announcements className="sr-only">
        {keys.said}
      </div>
      <div
        ref={keys.grid}
        role="grid"
        aria-label={t('gridLabel')}
        aria-describedby="calendar-keys"
        onKeyDown={keys.onKeyDown}
        className={cn(
          'overflow-auto rounded-lg border border-line bg-surface',
          view !== 'month' && 'max-h-[70vh]',
        )}
      >
        <div role="row" className={cn('sticky top-0 z-10 grid border-b border-line bg-surface', template)}>
          {view !== 'month' && (
            <span role="columnheader">
              <span className="sr-only">{t('hours')}</span>
            </span>
          )}
          {head.map((cell) => (
            <span
              key={cell.date}
              role="columnheader"
              className={cn(
                'px-2 py-1.5 text-xs font-medium text-muted',
                view !== 'month' && current.startsWith(cell.date) && 'font-semibold text-ink',
              )}
            >
              {dayHead(cell.date, view, format)}
            </span>
          ))}
        </div>
        {cells.map((line, row) => (
          <div key={cellKey(line[0] ?? { date, hour: row })} role="row" className={cn('grid', template)}>
            {view !== 'month' && (
              <span
                role="rowheader"
                data-hour={row}
                className="border-t border-line px-2 py-1 text-right text-xs whitespace-nowrap tabular-nums text-muted"
              >
                {format.dateTime(Date.UTC(2000, 0, 1, row), { hour: 'numeric', timeZone: 'UTC' })}
              </span>
            )}
            {line.map((cell, column) => {
              const key = cellKey(cell);
              const held = keys.carrying;
              return (
                <GridCell
                  key={key}
                  cell={cell}
                  name={cellName(cell)}
                  view={view}
                  zone={zone}
                  outside={view === 'month' && cell.date.slice(0, 7) !== date.slice(0, 7)}
                  past={key < current}
                  now={key === current ? now : null}
                  entries={visible(entries.get(key) ?? [], view)}
                  hidden={(entries.get(key) ?? []).length - visible(entries.get(key) ?? [], view).length}
                  slots={slots.get(key) ?? []}
                  target={over === key || (held?.row === row && held.column === column)}
                  carried={held?.entry.key ?? null}
                  canMove={canMove}
                  spotProps={(index) => keys.spotProps(row, column, index)}
                  onDay={() => props.onDay(cell.date)}
                  onDragStart={setDragged}
                  onDragEnd={() => {
                    setDragged(null);
                    setOver(null);
                  }}
                  onDragOver={(event) => {
                    if (!dragged) return;
                    event.preventDefault();
                    setOver(key);
                  }}
                  onDrop={(event) => release(event, cell)}
                  channelName={props.channelName}
                />
              );
            })}
          </div>
        ))}
      </div>
    </>
  );
}

const MONTH_MAX = 4;

/** A day of a month shows a few; the rest is one step away. */
function visible(entries: readonly Entry[], view: CalendarGridProps['view']): readonly Entry[] {
  return view === 'month' ? entries.slice(0, MONTH_MAX) : entries;
}

function dayHead(
  date: string,
  view: CalendarGridProps['view'],
  format: ReturnType<typeof useFormatter>,
): string {
  const at = new Date(`${date}T12:00:00Z`);
  const words = view === 'month' ? {} : ({ day: 'numeric', month: 'short' } as const);
  return format.dateTime(at, { weekday: 'short', ...words, timeZone: 'UTC' });
}

/** Focus begins at the present where it is in sight. */
function startOf(cells: readonly (readonly Cell[])[], current: string): { row: number; column: number } {
  for (const [row, line] of cells.entries()) {
    const column = line.findIndex((cell) => cellKey(cell) === current);
    if (column >= 0) return { row, column };
  }
  return { row: 0, column: 0 };
}

/** Days begin at seven; what lies before is a little scrolling away. */
function useScrollToMorning(
  grid: { current: HTMLDivElement | null },
  view: CalendarGridProps['view'],
  date: string,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another day begins in the morning again.
  useEffect(() => {
    const box = grid.current;
    const seven = box?.querySelector('[data-hour="7"]');
    const head = box?.firstElementChild;
    if (view === 'month' || !box || !seven || !head) return;
    box.scrollTop += seven.getBoundingClientRect().top - head.getBoundingClientRect().bottom;
  }, [view, date, grid]);
}
