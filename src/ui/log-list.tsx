'use client';
import type { ReactNode } from 'react';
import { Badge, type BadgeProps } from './badge';
import { ErrorState } from './error-state';
import type { Moment } from './relative';
import { RelativeTime } from './relative-time';
import { Skeleton } from './skeleton';

export type LogListProps<Item extends { id: string }> = {
  items: readonly Item[];
  loading: boolean;
  error?: unknown;
  onRetry: () => void;
  /** Said where nothing is in it. */
  empty: string;
  /** Below the entries: where older ones are. */
  foot?: ReactNode;
  children: (item: Item) => ReactNode;
};

/** What was sent or came in, entry by entry, newest first. */
export function LogList<Item extends { id: string }>({
  items,
  loading,
  error,
  onRetry,
  empty,
  foot,
  children,
}: LogListProps<Item>) {
  if (error) return <ErrorState error={error} onRetry={onRetry} compact />;
  if (loading) {
    return (
      <div aria-busy="true" className="grid gap-2">
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} className="h-9" />
        ))}
      </div>
    );
  }
  if (items.length === 0) return <p className="text-sm text-muted">{empty}</p>;
  return (
    <>
      <ul className="divide-y divide-line rounded-md border border-line">
        {items.map((item) => (
          <li key={item.id}>{children(item)}</li>
        ))}
      </ul>
      {foot}
    </>
  );
}

export type LogEntryProps = {
  tone: BadgeProps['tone'];
  state: string;
  name: ReactNode;
  at: Moment;
  children: ReactNode;
};

/** One line of a log, and on request all that is known of it. */
export function LogEntry({ tone, state, name, at, children }: LogEntryProps) {
  return (
    <details>
      <summary className="flex min-h-9 cursor-pointer flex-wrap items-center gap-2 px-3 py-1.5 text-sm">
        <Badge tone={tone}>{state}</Badge>
        {name}
        <span className="ml-auto text-xs text-muted">
          <RelativeTime at={at} />
        </span>
      </summary>
      <div className="grid gap-3 border-t border-line px-3 py-3">{children}</div>
    </details>
  );
}

export type LogAttemptsProps<Attempt> = {
  attempts: readonly Attempt[];
  /** How it was answered, and how fast. */
  took: (attempt: Attempt) => string;
  /** What else is known of one. */
  children?: (attempt: Attempt) => ReactNode;
};

/** The tries behind an entry, in their order. */
export function LogAttempts<Attempt extends { at: Date; error: string | null }>({
  attempts,
  took,
  children,
}: LogAttemptsProps<Attempt>) {
  return (
    <ol className="grid gap-2">
      {attempts.map((attempt) => (
        <li key={attempt.at.getTime()} className="grid gap-1 text-sm">
          <span className="flex flex-wrap gap-2">
            <RelativeTime at={attempt.at} />
            <span className="text-muted tabular-nums">{took(attempt)}</span>
          </span>
          {attempt.error && <span className="break-words text-danger">{attempt.error}</span>}
          {children?.(attempt)}
        </li>
      ))}
    </ol>
  );
}

/** Text as it went over the wire. */
export function LogText({ children }: { children: string }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
      tabIndex={0}
      className="max-h-40 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs break-all whitespace-pre-wrap"
    >
      {children}
    </pre>
  );
}
