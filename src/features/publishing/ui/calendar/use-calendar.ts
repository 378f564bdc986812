'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { api } from '@/client/api';
import { useLiveQuery } from '@/client/use-live-query';
import { type Run, runModel } from '../../schema';
import { type CalendarWire, type LiveRuns, received, refreshed, unknownOf } from './entries';

export interface CalendarScope {
  organizationId: string;
  from: Date;
  to: Date;
  zone: string;
}

const WEEK = 7 * 24 * 3600_000;
const LISTENER_LIMIT = 500;
/** A burst of changes asks once. */
const SETTLE_MS = 400;
/** Pages of 2,000; nobody reads more of a month. */
const PAGES_MAX = 5;

async function load({ from, to, zone }: CalendarScope): Promise<ReturnType<typeof received>> {
  const pages: CalendarWire[] = [];
  let cursor: string | null = null;
  do {
    const query = {
      from: from.toISOString(),
      to: to.toISOString(),
      zone,
      ...(cursor ? { cursor } : {}),
    };
    const page: CalendarWire = await api<CalendarWire>('GET', '/api/calendar', { query });
    pages.push(page);
    cursor = page.cursor;
  } while (cursor && pages.length < PAGES_MAX);
  return received(pages);
}

/** Everything of a stretch of time: texts and slots from the API, states and times live. */
export function useCalendar(scope: CalendarScope) {
  const client = useQueryClient();
  const { organizationId, from, to, zone } = scope;
  const key = useMemo(
    () => ['calendar', organizationId, from.toISOString(), to.toISOString(), zone],
    [organizationId, from, to, zone],
  );
  const query = useQuery({ queryKey: key, queryFn: () => load(scope) });
  const live = useLiveRuns(scope);
  const known = query.data?.items;
  const missing = known && live.complete ? unknownOf(known, live) : '';
  const asked = useRef('');
  useEffect(() => {
    // What the API does not know either is asked for once.
    if (missing === '' || missing === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = missing;
      void client.invalidateQueries({ queryKey: key });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [missing, key, client]);
  const items = useMemo(() => refreshed(known ?? [], live), [known, live]);
  return {
    items,
    slots: query.data?.slots ?? [],
    loading: query.isPending,
    error: query.error,
    offline: live.offline,
    reload: () => client.invalidateQueries({ queryKey: key }),
  };
}

/** A listener for each week, so that none comes near its limit. A month shows six weeks at most. */
function useLiveRuns(scope: CalendarScope): LiveRuns & { offline: boolean } {
  const weeks = [
    useWeek(scope, 0),
    useWeek(scope, 1),
    useWeek(scope, 2),
    useWeek(scope, 3),
    useWeek(scope, 4),
    useWeek(scope, 5),
  ];
  const asked = weeks.filter((week) => week.asked);
  const complete = asked.every(
    ({ status, items }) => (status === 'live' || status === 'offline') && items.length < LISTENER_LIMIT,
  );
  const offline = asked.some(({ status }) => status === 'offline');
  const lists = asked.map(({ items }) => items);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lists themselves are what changes.
  return useMemo(() => {
    const byId = new Map<string, Run>(lists.flat().map((run) => [run.id, run]));
    return { byId, complete, offline };
  }, [complete, offline, lists.length, ...pad(lists)]);
}

/** Hooks want lists of one length. */
function pad(lists: readonly (readonly Run[])[]): (readonly Run[] | null)[] {
  return Array.from({ length: 6 }, (_, index) => lists[index] ?? null);
}

function useWeek({ organizationId, from, to }: CalendarScope, week: number) {
  const start = new Date(from.getTime() + week * WEEK);
  // The last week takes the hour that a change of the clocks may add.
  const end = week === 5 ? to : new Date(Math.min(start.getTime() + WEEK, to.getTime()));
  const asked = start < end;
  const live = useLiveQuery(
    asked
      ? {
          model: runModel,
          where: [
            ['organizationId', '==', organizationId],
            ['dueAt', '>=', start],
            ['dueAt', '<', end],
          ],
          orderBy: [['dueAt', 'asc']],
          limit: LISTENER_LIMIT,
        }
      : null,
  );
  return { ...live, asked };
}
