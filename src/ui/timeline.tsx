import { ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Tone } from './badge';
import { cn } from './cn';
import { CopyButton } from './copy-button';
import { DateTime } from './date-time';
import { EmptyState } from './empty-state';
import type { Moment } from './relative';
import { Skeleton } from './skeleton';

export type TimelineEvent = {
  id: string;
  at: Moment;
  /** Shown instead of date and time, where those would say too much or too little. */
  when?: ReactNode;
  title: ReactNode;
  tone: Tone;
  /** A sentence or two about it. */
  body?: ReactNode;
  /** The redacted facts as they were recorded; shown as JSON when opened. */
  raw?: unknown;
  /** Happened while you watch: tinted for a moment. */
  live?: boolean | undefined;
};

export type TimelineProps = {
  /** Any order; shown newest first. */
  events: readonly TimelineEvent[];
  loading?: boolean | undefined;
  empty?: ReactNode;
  className?: string | undefined;
};

const DOT: Record<Tone, string> = {
  neutral: 'border-edge bg-surface',
  iris: 'border-iris bg-iris',
  ok: 'border-ok bg-ok',
  warn: 'border-warn bg-warn',
  danger: 'border-danger bg-surface',
  info: 'border-info bg-surface',
  coral: 'border-coral bg-coral',
};

function time(at: Moment): number {
  return new Date(at).getTime();
}

function Raw({ raw }: { raw: unknown }) {
  const t = useTranslations('common');
  const text = JSON.stringify(raw, null, 2);
  return (
    <details className="group mt-1">
      <summary className="inline-flex list-none items-center gap-1 rounded-md text-xs text-muted hover:text-ink">
        <ChevronRight size={12} aria-hidden="true" className="transition-transform group-open:rotate-90" />
        {t('rawFacts')}
      </summary>
      <div className="relative mt-1.5 rounded-md border border-line bg-sunken">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <pre tabIndex={0} className="max-h-72 overflow-auto p-3 pr-10 font-mono text-xs leading-5">
          {text}
        </pre>
        <div className="absolute top-1.5 right-1.5">
          <CopyButton value={text} />
        </div>
      </div>
    </details>
  );
}

/** Dated events on a vertical line, newest first, each opening the recorded facts behind it. */
export function Timeline({ events, loading = false, empty, className }: TimelineProps) {
  const t = useTranslations('common');
  if (loading) {
    return (
      <div
        aria-busy="true"
        aria-label={t('loading')}
        role="status"
        className={cn('grid gap-4 pl-6', className)}
      >
        {['w-2/5', 'w-3/5', 'w-1/2'].map((width) => (
          <div key={width} className="grid gap-1.5">
            <Skeleton className={cn('h-4', width)} />
            <Skeleton className="h-3 w-24" />
          </div>
        ))}
      </div>
    );
  }
  if (events.length === 0) return <>{empty ?? <EmptyState title={t('noEvents')} className="min-h-32" />}</>;
  const newestFirst = [...events].sort((a, b) => time(b.at) - time(a.at));
  return (
    <ol className={cn('relative', className)}>
      {newestFirst.map((event, index) => (
        <li key={event.id} className="relative pb-5 pl-6 last:pb-0">
          {index < newestFirst.length - 1 && (
            <span aria-hidden="true" className="absolute top-3 -bottom-1.5 left-[5.5px] w-px bg-line" />
          )}
          <span
            aria-hidden="true"
            className={cn('absolute top-1 left-0 size-3 rounded-full border-2', DOT[event.tone])}
          />
          <div className={cn('rounded-[4px]', event.live && 'animate-live')}>
            <div className="flex flex-wrap items-baseline justify-between gap-x-4">
              <span className="font-medium">{event.title}</span>
              {event.when ? (
                <span className="text-xs text-muted tabular-nums">{event.when}</span>
              ) : (
                <DateTime at={event.at} className="text-xs text-muted" />
              )}
            </div>
            {event.body && <div className="mt-0.5 text-sm text-muted">{event.body}</div>}
          </div>
          {event.raw !== undefined && <Raw raw={event.raw} />}
        </li>
      ))}
    </ol>
  );
}
