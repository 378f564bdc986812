'use client';

import { useFormatter, useNow } from 'next-intl';
import { type Moment, RELATIVE_LIMIT_MS, refreshEvery, relativeUnit, toDate } from './relative';

const JUST_NOW_MS = 10_000;

export type RelativeTimeProps = {
  at: Moment;
  className?: string | undefined;
};

/** "3 minutes ago", kept up to date; beyond a week the date. The exact time is in the tooltip. */
export function RelativeTime({ at, className }: RelativeTimeProps) {
  const format = useFormatter();
  const date = toDate(at);
  const started = useNow();
  const now = useNow({ updateInterval: refreshEvery(date ? date.getTime() - started.getTime() : 0) });
  if (!date) return <span className={className}>–</span>;
  const distance = date.getTime() - now.getTime();
  const shown =
    Math.abs(distance) > RELATIVE_LIMIT_MS
      ? format.dateTime(date, { dateStyle: 'medium' })
      : format.relativeTime(Math.abs(distance) < JUST_NOW_MS ? now : date, {
          now,
          unit: relativeUnit(distance),
        });
  return (
    <time
      dateTime={date.toISOString()}
      title={format.dateTime(date, { dateStyle: 'full', timeStyle: 'long' })}
      className={className}
    >
      {shown}
    </time>
  );
}
