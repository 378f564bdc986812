'use client';

import { useEffect, useState } from 'react';
import type { DataColumn } from './data-table-columns';

type Visibility = Record<string, boolean>;

function storageName(key: string) {
  return `irisync.columns.${key}`;
}

function stored(key: string): Visibility | null {
  try {
    const parsed: unknown = JSON.parse(window.localStorage.getItem(storageName(key)) ?? 'null');
    if (typeof parsed !== 'object' || parsed === null) return null;
    return Object.fromEntries(Object.entries(parsed).map(([id, visible]) => [id, visible !== false]));
  } catch {
    // Storage can be blocked or hold something else: the defaults are a full answer.
    return null;
  }
}

function store(key: string, visibility: Visibility) {
  try {
    window.localStorage.setItem(storageName(key), JSON.stringify(visibility));
  } catch {
    // A full or blocked storage only means that the choice lasts for this visit.
    return;
  }
}

/** The column choice of a table: defaults from the columns, remembered on this device where `key` is given. */
export function useColumnChoice<Row>(key: string | undefined, columns: readonly DataColumn<Row>[]) {
  const [visibility, setVisibility] = useState<Visibility>(() =>
    Object.fromEntries(columns.filter((column) => column.hidden).map((column) => [column.id, false])),
  );
  // Read after the first paint, so that the server's rendering and the browser's agree.
  useEffect(() => {
    const saved = key ? stored(key) : null;
    if (saved) setVisibility((current) => ({ ...current, ...saved }));
  }, [key]);
  const change = (next: Visibility | ((current: Visibility) => Visibility)) => {
    const value = typeof next === 'function' ? next(visibility) : next;
    setVisibility(value);
    if (key) store(key, value);
  };
  return [visibility, change] as const;
}
