'use client';
import { Check, CircleAlert, CircleX, Clock, Hourglass, Radio } from 'lucide-react';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import type { ComponentProps } from 'react';
import { cn } from '@/ui/cn';
import { NetworkMark, networkName } from '@/ui/network-mark';
import type { RunStatus } from '../../schema';
import type { Entry } from './entries';

const MARKS_MAX = 3;

const LOOKS: Record<string, { icon: typeof Check; className: string }> = {
  published: { icon: Check, className: 'text-ok' },
  partial: { icon: CircleAlert, className: 'text-warn' },
  blocked: { icon: CircleAlert, className: 'text-warn' },
  unconfirmed: { icon: CircleAlert, className: 'text-warn' },
  failed: { icon: CircleX, className: 'text-danger' },
  pending_approval: { icon: Hourglass, className: 'text-info' },
  scheduled: { icon: Clock, className: 'text-info' },
};
const ON_ITS_WAY = { icon: Radio, className: 'text-coral' };

/** The state as a small drawing; the word stands in the chip's name. */
export function StateMark({ status }: { status: RunStatus }) {
  const { icon: Icon, className } = LOOKS[status] ?? ON_ITS_WAY;
  return <Icon size={12} aria-hidden="true" className={cn('shrink-0', className)} />;
}

/** What a screen reader says of an entry: time, networks, state, text. */
export function useEntryName(): (entry: Entry, zone: string) => string {
  const t = useTranslations('calendar');
  const states = useTranslations('content.runStatus');
  const format = useFormatter();
  return (entry, timeZone) => {
    const time = format.dateTime(entry.dueAt, { timeZone, hour: '2-digit', minute: '2-digit' });
    const networks = [...new Set(entry.channels.map(({ platform }) => networkName(platform)))].join(', ');
    const facts = [time, networks, states(entry.status), entry.text || t('noText')];
    if (entry.conflict) facts.push(t('conflict'));
    return facts.join(', ');
  };
}

type EntryChipProps = Omit<ComponentProps<typeof Link>, 'href' | 'children'> & {
  entry: Entry;
  zone: string;
  /** Picked up with the keyboard, or under the pointer. */
  carried?: boolean | undefined;
  canMove: boolean;
};

/** A slim chip: networks, time, state, words. A link to the post; what may move can be dragged. */
export function EntryChip({ entry, zone, carried = false, canMove, className, ...props }: EntryChipProps) {
  const format = useFormatter();
  const name = useEntryName();
  return (
    <Link
      {...props}
      href={`/posts/${encodeURIComponent(entry.postId)}`}
      prefetch={false}
      draggable={canMove && entry.movable}
      data-entry={entry.key}
      className={cn(
        'flex h-6 min-w-0 items-center gap-1 overflow-hidden rounded-md border border-line bg-surface px-1.5 text-xs text-ink no-underline hover:border-edge pointer-coarse:h-8',
        canMove && entry.movable && 'cursor-grab active:cursor-grabbing',
        entry.status === 'published' && 'text-muted',
        entry.conflict && 'border-dashed border-warn',
        carried && 'border-iris bg-iris-tint ring-2 ring-iris',
        className,
      )}
    >
      <span className="sr-only">{name(entry, zone)}</span>
      {entry.channels.slice(0, MARKS_MAX).map(({ id, platform }) => (
        <NetworkMark key={id} platform={platform} size={12} decorative />
      ))}
      <time
        aria-hidden="true"
        dateTime={entry.dueAt.toISOString()}
        className="shrink-0 tabular-nums text-muted @max-[5rem]:hidden"
      >
        {format.dateTime(entry.dueAt, { timeZone: zone, hour: '2-digit', minute: '2-digit' })}
      </time>
      <StateMark status={entry.status} />
      <span aria-hidden="true" className="truncate">
        {entry.text}
      </span>
    </Link>
  );
}
