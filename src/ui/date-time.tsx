import { useFormatter } from 'next-intl';
import { type Moment, toDate } from './relative';

export type DateTimeProps = {
  at: Moment;
  /** IANA zone; the person's own by default. A foreign zone is named beside the time. */
  zone?: string | undefined;
  /** Both by default. */
  show?: 'both' | 'date' | 'time' | undefined;
  className?: string | undefined;
};

/** A date and time in the person's locale and zone. */
export function DateTime({ at, zone, show = 'both', className }: DateTimeProps) {
  const format = useFormatter();
  const date = toDate(at);
  if (!date) return <span className={className}>–</span>;
  const shown = format.dateTime(date, {
    ...(show === 'time' ? {} : { year: 'numeric', month: 'short', day: 'numeric' }),
    ...(show === 'date' ? {} : { hour: '2-digit', minute: '2-digit' }),
    ...(zone ? { timeZone: zone } : {}),
    ...(zone && show !== 'date' ? { timeZoneName: 'short' } : {}),
  });
  return (
    <time
      dateTime={date.toISOString()}
      title={format.dateTime(date, {
        dateStyle: 'full',
        timeStyle: 'long',
        ...(zone ? { timeZone: zone } : {}),
      })}
      className={className}
    >
      {shown}
    </time>
  );
}
