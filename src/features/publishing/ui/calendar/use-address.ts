'use client';
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useSyncExternalStore } from 'react';
import { RUN_STATUSES } from '../../schema';
import { type CalendarView, VIEWS } from './calendar-days';

const ADDRESS = {
  view: parseAsStringLiteral(VIEWS),
  date: parseAsString,
  channel: parseAsString,
  status: parseAsStringLiteral(RUN_STATUSES),
  campaign: parseAsString,
  tag: parseAsString,
  author: parseAsString,
  slots: parseAsBoolean.withDefault(true),
};

/** What the address says of the calendar, so that a view can be sent to somebody. */
export function useAddress() {
  const [address, setAddress] = useQueryStates(ADDRESS);
  return { address, setAddress };
}
export type CalendarAddress = ReturnType<typeof useAddress>['address'];

const PHONE = '(max-width: 639px)';

/** Phones open the list; everything wider the month. */
export function useDefaultView(): CalendarView {
  return useSyncExternalStore(
    (onChange) => {
      const phone = window.matchMedia(PHONE);
      phone.addEventListener('change', onChange);
      return () => phone.removeEventListener('change', onChange);
    },
    () => (window.matchMedia(PHONE).matches ? 'list' : 'month'),
    () => 'month',
  );
}

/** A date as the address may carry it; anything else means today. */
export function dateFrom(text: string | null, today: string): string {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return today;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) ? today : new Date(at).toISOString().slice(0, 10);
}
