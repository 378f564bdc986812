'use client';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Cell } from './calendar-days';
import type { Entry } from './entries';
import { nextCell, nextSpot, type Spot } from './keyboard';

interface Carrying {
  entry: Entry;
  row: number;
  column: number;
}

export interface GridKeysOptions {
  cells: readonly (readonly Cell[])[];
  /** Entries that can be reached in a cell. */
  entriesAt: (cell: Cell) => readonly Entry[];
  canMove: boolean;
  nameOf: (entry: Entry) => string;
  cellName: (cell: Cell) => string;
  /** @returns what is announced. */
  onDrop: (entry: Entry, cell: Cell) => string;
  /** Where focus starts. */
  start: { row: number; column: number };
}

/** Roving focus, picking up and dropping, and what is announced of it. */
export function useGridKeys(options: GridKeysOptions) {
  const { cells, entriesAt, canMove, nameOf, cellName, onDrop } = options;
  const t = useTranslations('calendar.keys');
  const grid = useRef<HTMLDivElement>(null);
  const [spot, setSpot] = useState<Spot>({ ...options.start, chip: null });
  const [carrying, setCarrying] = useState<Carrying | null>(null);
  const [said, say] = useState('');
  const focusWanted = useRef(false);
  const size = { rows: cells.length, columns: cells[0]?.length ?? 1 };
  const at = (row: number, column: number) => {
    const cell = cells[row]?.[column];
    return cell ? entriesAt(cell) : [];
  };
  // Views of another shape, and posts that went elsewhere, leave the spot behind.
  const row = Math.min(spot.row, size.rows - 1);
  const column = Math.min(spot.column, size.columns - 1);
  const count = at(row, column).length;
  const chip = spot.chip === null || count === 0 ? null : Math.min(spot.chip, count - 1);

  useEffect(() => {
    if (!focusWanted.current) return;
    focusWanted.current = false;
    grid.current?.querySelector<HTMLElement>(`[data-spot="${spotName(row, column, chip)}"]`)?.focus();
  });

  const pickUp = (entry: Entry) => {
    if (!canMove || !entry.movable) {
      say(t('fixed', { post: nameOf(entry) }));
      return;
    }
    setCarrying({ entry, row, column });
    say(t('pickedUp', { post: nameOf(entry) }));
  };
  const drop = ({ entry, ...to }: Carrying) => {
    const cell = cells[to.row]?.[to.column];
    setCarrying(null);
    focusWanted.current = true;
    setSpot({ row: to.row, column: to.column, chip: 0 });
    if (cell) say(onDrop(entry, cell));
  };
  const carry = (event: KeyboardEvent, held: Carrying) => {
    if (event.key === 'Escape') {
      setCarrying(null);
      say(t('cancelled'));
    } else if (event.key === ' ') drop(held);
    else {
      const next = nextCell(held, event.key, size);
      if (!next) return;
      setCarrying({ ...held, ...next });
      const cell = cells[next.row]?.[next.column];
      if (cell) say(t('over', { place: cellName(cell) }));
    }
    event.preventDefault();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (carrying) {
      carry(event, carrying);
      return;
    }
    const entry = chip === null ? undefined : at(row, column)[chip];
    if (event.key === ' ' && entry) {
      event.preventDefault();
      pickUp(entry);
      return;
    }
    const next = nextSpot({ row, column, chip }, event.key, size, (r, c) => at(r, c).length);
    if (!next) return;
    event.preventDefault();
    focusWanted.current = true;
    setSpot(next);
  };
  return {
    grid,
    said,
    carrying,
    /** Attributes of a cell (`chip` null) or of an entry in it. */
    spotProps: (r: number, c: number, index: number | null) => ({
      'data-spot': spotName(r, c, index),
      tabIndex: r === row && c === column && index === chip ? 0 : -1,
      onFocus: () => {
        if (r !== row || c !== column || index !== chip) setSpot({ row: r, column: c, chip: index });
      },
    }),
    onKeyDown,
  };
}

function spotName(row: number, column: number, chip: number | null): string {
  return `${row}.${column}.${chip ?? 'cell'}`;
}
