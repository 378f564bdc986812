'use client';

import { BellOff, CheckCheck } from 'lucide-react';
import Link from 'next/link';
import { useLocale, useTranslations } from 'next-intl';
import { api } from '@/client/api';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { cn } from '@/ui/cn';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { networkName } from '@/ui/network-mark';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { useAttempt } from '@/ui/use-attempt';
import type { notificationModel } from '../schema';
import { valuesOf } from '../values';
import { SHOWN, type useNotifications } from './use-notifications';

type Notification = DocOf<typeof notificationModel>;

export interface NotificationListProps {
  inbox: ReturnType<typeof useNotifications>;
  /** A person follows one to where they can act. */
  onFollow: () => void;
}

export function NotificationList({ inbox, onFollow }: NotificationListProps) {
  const t = useTranslations('notifications');
  const { busy, error, attempt } = useAttempt();
  const mark = async (body: { ids: string[] } | { all: true }) => {
    await attempt(async () => {
      await api('POST', '/api/notifications/read', { body });
    });
  };
  if (inbox.status === 'loading') return <Rows />;
  if (inbox.error) return <ErrorState error={inbox.error} onRetry={inbox.retry} compact />;
  if (inbox.items.length === 0)
    return <EmptyState outline="rows" icon={BellOff} title={t('empty')} body={t('emptyBody')} />;
  return (
    <div className="grid gap-3">
      {error !== null && <ErrorState error={error} compact />}
      {inbox.unread > 0 && (
        <Button
          size="sm"
          variant="ghost"
          icon={CheckCheck}
          loading={busy}
          className="justify-self-end"
          onClick={() => void mark({ all: true })}
        >
          {t('markAll')}
        </Button>
      )}
      <ul className="grid">
        {inbox.items.map((item) => (
          <li key={item.id} className="border-t border-line first:border-t-0">
            <Entry
              item={item}
              onOpen={() => {
                if (item.readAt === null) void mark({ ids: [item.id] });
                if (item.href) onFollow();
              }}
            />
          </li>
        ))}
      </ul>
      {inbox.items.length >= SHOWN && <p className="text-xs text-muted">{t('older')}</p>}
    </div>
  );
}

function Entry({ item, onOpen }: { item: Notification; onOpen: () => void }) {
  const t = useTranslations('notifications');
  const locale = useLocale();
  const unread = item.readAt === null;
  const body = (
    <>
      <span
        aria-hidden="true"
        className={cn(
          'mt-1.5 size-2 shrink-0 rounded-full',
          unread ? (item.urgent ? 'bg-danger' : 'bg-iris') : 'bg-transparent',
        )}
      />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className={cn('text-sm', unread && 'font-semibold')}>
            {words(t, item, locale, 'title')}
            {unread && <span className="sr-only"> ({t(item.urgent ? 'urgent' : 'unread')})</span>}
          </span>
          <RelativeTime at={item.createdAt} className="text-xs text-muted" />
        </span>
        <span className="mt-0.5 block text-sm text-muted">{words(t, item, locale, 'body')}</span>
      </span>
    </>
  );
  const look = 'flex w-full gap-3 rounded-md px-1 py-3 text-left transition-colors hover:bg-sunken';
  if (item.href)
    return (
      <Link href={item.href} onClick={onOpen} className={look}>
        {body}
      </Link>
    );
  return (
    <button type="button" onClick={onOpen} className={look}>
      {body}
    </button>
  );
}

/** A type this version of the page has no words for is still shown. */
function words(
  t: ReturnType<typeof useTranslations<'notifications'>>,
  item: Notification,
  locale: string,
  part: 'title' | 'body',
): string {
  const key = `types.${item.type}.${part}`;
  const known = t.has(key as never) ? key : `types.unknown.${part}`;
  return t(known as never, valuesOf(item.data, locale, networkName) as never);
}

function Rows() {
  return (
    <div className="grid gap-4" aria-busy="true">
      {['w-2/5', 'w-3/5', 'w-1/2'].map((width) => (
        <div key={width} className="grid gap-1.5">
          <Skeleton className={cn('h-4', width)} />
          <Skeleton className="h-3 w-4/5" />
        </div>
      ))}
    </div>
  );
}
