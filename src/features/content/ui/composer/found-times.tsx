'use client';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useFormatter, useTranslations } from 'next-intl';
import { api } from '@/client/api';
import type { BestTimes, HourScore } from '@/features/analytics/schema';
import type { Connection } from '@/features/platforms/schema';
import { ErrorState } from '@/ui/error-state';
import { NetworkMark } from '@/ui/network-mark';
import { Skeleton } from '@/ui/skeleton';

/** A time that was found for a channel; null: there is none, and why is shown. */
type Found = { dueAt: string } | null;

export interface FoundTimes {
  loading: boolean;
  error: unknown;
  byChannel: ReadonlyMap<string, Found>;
  /** Every channel has a time. */
  complete: boolean;
}

/** The next free slot of each channel, asked while the dialog shows it. */
export function useQueueTimes(channels: readonly Connection[], enabled: boolean): FoundTimes {
  const slots = useQuery({
    queryKey: ['slots', 'next'],
    queryFn: () => api<{ next: { connectionId: string; dueAt: string }[] }>('GET', '/api/slots'),
    enabled,
    staleTime: 0,
  });
  const next = new Map(slots.data?.next.map((slot) => [slot.connectionId, slot]));
  return timesOf(channels, slots.isPending, slots.error, (id) => next.get(id) ?? null);
}

/** What each channel's own posts say. */
export function useBestTimes(channels: readonly Connection[], zone: string, enabled: boolean) {
  const answers = useQueries({
    queries: channels.map(({ id }) => ({
      queryKey: ['best-times', id, zone],
      queryFn: () =>
        api<BestTimes & { next: { dueAt: string } | null }>('GET', '/api/analytics/best-times', {
          query: { connectionId: id, zone },
        }),
      enabled,
    })),
  });
  const data = new Map(channels.map(({ id }, index) => [id, answers[index]?.data]));
  const pending = answers.some((answer) => answer.isPending);
  const failed = answers.find((answer) => answer.error)?.error ?? null;
  return { ...timesOf(channels, pending, failed, (id) => data.get(id)?.next ?? null), data };
}

function timesOf(
  channels: readonly Connection[],
  loading: boolean,
  error: unknown,
  find: (id: string) => Found,
): FoundTimes {
  const byChannel = new Map(channels.map(({ id }) => [id, find(id)]));
  return {
    loading,
    error,
    byChannel,
    complete: !loading && [...byChannel.values()].every((time) => time !== null),
  };
}

interface FoundTimesListProps {
  channels: readonly Connection[];
  zone: string;
  times: FoundTimes;
  /** Why a channel has none. */
  none: (connectionId: string) => string;
  scores?: ReadonlyMap<string, BestTimes | undefined>;
}

/** When each channel goes out, or why not; with best times, what that is learned from. */
export function FoundTimesList({ channels, zone, times, none, scores }: FoundTimesListProps) {
  const t = useTranslations('content.plan');
  const format = useFormatter();
  if (times.error) return <ErrorState error={times.error} compact />;
  if (times.loading) return <Skeleton className="h-16" />;
  const words = {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  return (
    <ul aria-label={t('times')} className="grid gap-3">
      {channels.map(({ id, platform, displayName }) => {
        const time = times.byChannel.get(id);
        const score = scores?.get(id);
        return (
          <li key={id} className="grid gap-1.5 text-sm">
            <span className="flex flex-wrap items-center gap-2">
              <NetworkMark platform={platform} />
              <span className="truncate">{displayName}</span>
              {time ? (
                <time dateTime={time.dueAt} className="font-medium tabular-nums">
                  {format.dateTime(new Date(time.dueAt), { timeZone: zone, ...words })}
                </time>
              ) : (
                <span className="text-warn">{none(id)}</span>
              )}
            </span>
            {score?.enough && <HeatMap hours={score.hours} />}
          </li>
        );
      })}
    </ul>
  );
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Seven days by twenty-four hours; the stronger, the more engagement. Hours without posts stay empty. */
function HeatMap({ hours }: { hours: readonly HourScore[] }) {
  const t = useTranslations('content.plan');
  const format = useFormatter();
  const most = Math.max(...hours.map(({ score }) => score), 1);
  const cells = new Map(hours.map((cell) => [`${cell.weekday} ${cell.hour}`, cell]));
  // 5 January 2026 is a Monday.
  const day = (weekday: number, style: 'short' | 'long') =>
    format.dateTime(new Date(Date.UTC(2026, 0, 4 + weekday, 12)), { weekday: style, timeZone: 'UTC' });
  const name = ({ weekday, hour, posts, score }: HourScore) =>
    t('hourScore', { day: day(weekday, 'long'), hour, score: Math.round(score), posts });
  return (
    <figure className="grid gap-1">
      <div aria-hidden="true" className="grid gap-px">
        {[1, 2, 3, 4, 5, 6, 7].map((weekday) => (
          <div key={weekday} className="grid grid-cols-[2rem_repeat(24,minmax(0,1fr))] items-center gap-px">
            <span className="text-xs text-muted">{day(weekday, 'short')}</span>
            {HOURS.map((hour) => {
              const cell = cells.get(`${weekday} ${hour}`);
              return (
                <span
                  key={hour}
                  title={cell && name(cell)}
                  className="relative h-3 overflow-hidden rounded-[2px] bg-sunken"
                >
                  {cell && (
                    <span
                      className="absolute inset-0 bg-iris"
                      style={{ opacity: 0.15 + 0.85 * (cell.score / most) }}
                    />
                  )}
                </span>
              );
            })}
          </div>
        ))}
      </div>
      <figcaption className="text-xs text-muted">
        {t('heat', { best: hours.slice(0, 3).map(name).join('; ') })}
      </figcaption>
    </figure>
  );
}
