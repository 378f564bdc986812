import { ArrowDownRight, ArrowRight, ArrowUpRight } from 'lucide-react';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { cn } from './cn';
import { LiveValue } from './live-value';
import { SandboxTag } from './sandbox-tag';
import { Skeleton } from './skeleton';
import { Sparkline } from './sparkline';

export type StatProps = {
  label: ReactNode;
  /** As it is shown, already formatted; null while unknown (shown as a dash, never as 0). */
  value: string | number | null;
  /** Change against the period before, as a fraction: 0.12 is +12 %. Null where there is nothing to compare. */
  change?: number | null | undefined;
  /** True where less is better (response time, failures). */
  lowerIsBetter?: boolean | undefined;
  /** "since 1 March", "against the 28 days before". */
  since?: ReactNode;
  sparkline?: readonly (number | null)[] | undefined;
  /** The rows this number is made of. */
  href?: string | undefined;
  sandbox?: boolean | undefined;
  loading?: boolean | undefined;
  className?: string | undefined;
};

function Change({ change, lowerIsBetter }: { change: number; lowerIsBetter: boolean }) {
  const t = useTranslations('common.change');
  const format = useFormatter();
  const flat = Math.abs(change) < 0.0005;
  const good = change > 0 !== lowerIsBetter;
  const Icon = flat ? ArrowRight : change > 0 ? ArrowUpRight : ArrowDownRight;
  const size = format.number(Math.abs(change), { style: 'percent', maximumFractionDigits: 1 });
  return (
    <span
      className={cn(
        'inline-flex items-center gap-0.5 text-sm font-medium tabular-nums',
        flat ? 'text-muted' : good ? 'text-ok' : 'text-danger',
      )}
    >
      <Icon size={16} aria-hidden="true" />
      <span className="sr-only">{flat ? t('none') : change > 0 ? t('up') : t('down')}</span>
      {size}
    </span>
  );
}

/** One headline number: what it is, how it moved and since when, opening what it is made of. */
export function Stat(props: StatProps) {
  const { label, value, change, sparkline, href } = props;
  return (
    <div
      className={cn(
        'relative grid min-w-0 grid-cols-1 gap-1 p-4',
        href && 'hover:bg-sunken',
        props.className,
      )}
    >
      <div className="flex items-center gap-2 text-sm text-muted">
        {href ? (
          <Link href={href} className="after:absolute after:inset-0 hover:text-ink">
            {label}
          </Link>
        ) : (
          <span>{label}</span>
        )}
        {props.sandbox && <SandboxTag />}
      </div>
      {props.loading ? (
        <Skeleton className="h-8 w-24" />
      ) : (
        <div className="flex items-end justify-between gap-3">
          <span className="font-display text-2xl font-semibold tracking-tight tabular-nums">
            {value === null ? '–' : <LiveValue value={value} />}
          </span>
          {sparkline && sparkline.length > 1 && <Sparkline values={sparkline} className="mb-1 min-w-0" />}
        </div>
      )}
      <div className="flex min-h-5 flex-wrap items-center gap-x-2 text-sm text-muted">
        {!props.loading && change !== undefined && change !== null && (
          <Change change={change} lowerIsBetter={props.lowerIsBetter ?? false} />
        )}
        {props.since && <span>{props.since}</span>}
      </div>
    </div>
  );
}
