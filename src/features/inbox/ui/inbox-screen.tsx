'use client';
import { Inbox } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { type KeyboardEvent, useRef } from 'react';
import { cn } from '@/ui/cn';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { NetworkMark } from '@/ui/network-mark';
import { PageHeader } from '@/ui/page-header';
import { RelativeTime } from '@/ui/relative-time';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import type { InboxItemDoc } from '../schema';
import { InboxDetail } from './inbox-detail';
import { UnreadNotice } from './unread-notice';
import { SHOWN, useInbox } from './use-inbox';

const VIEW = {
  status: parseAsStringLiteral(['open', 'done'] as const).withDefault('open'),
  item: parseAsString.withDefault(''),
};

/** Comments and mentions of all channels: a list to walk with the arrows, and the conversation beside it. */
export function InboxScreen() {
  const t = useTranslations('inbox');
  const [view, setView] = useQueryStates(VIEW);
  const inbox = useInbox(view.status);
  const chosen = inbox.items.find((item) => item.id === view.item) ?? null;
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <div className="grid gap-4 pt-4">
        <SegmentedControl
          aria-label={t('show')}
          value={view.status}
          onValueChange={(status) => void setView({ status, item: '' })}
          options={[
            { value: 'open', label: t('open') },
            { value: 'done', label: t('done') },
          ]}
          className="justify-self-start"
        />
        <UnreadNotice unread={inbox.unread} />
        {inbox.error && <ErrorState error={inbox.error} onRetry={inbox.retry} compact />}
        {inbox.status === 'loading' && <Loading />}
        {inbox.status !== 'loading' && !inbox.error && inbox.items.length === 0 && (
          <Empty status={view.status} />
        )}
        {inbox.items.length > 0 && (
          <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
            <List items={inbox.items} chosenId={view.item} onChoose={(item) => void setView({ item })} />
            {chosen ? (
              <InboxDetail key={chosen.id} item={chosen} />
            ) : (
              <p className="hidden rounded-lg border border-dashed border-line p-6 text-muted lg:block">
                {t('choose')}
              </p>
            )}
          </div>
        )}
      </div>
    </>
  );
}

interface ListProps {
  items: readonly InboxItemDoc[];
  chosenId: string;
  onChoose: (id: string) => void;
}

/** Arrows, or j and k, move through it; Enter opens. */
function List({ items, chosenId, onChoose }: ListProps) {
  const t = useTranslations('inbox');
  const list = useRef<HTMLUListElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)]?.focus();
  };
  return (
    <div className="grid gap-2">
      <ul
        ref={list}
        aria-label={t('list')}
        onKeyDown={move}
        className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface"
      >
        {items.map((item) => (
          <li key={item.id}>
            <button
              type="button"
              aria-current={item.id === chosenId ? 'true' : undefined}
              onClick={() => onChoose(item.id)}
              className={cn(
                'grid w-full gap-1 px-3 py-2.5 text-left outline-offset-[-3px] hover:bg-sunken',
                item.id === chosenId && 'bg-iris-tint',
              )}
            >
              <span className="flex items-center gap-2 text-sm">
                <NetworkMark platform={item.platform} />
                <span className="truncate font-medium">{item.author.displayName}</span>
                <span className="ml-auto shrink-0 text-xs text-muted">
                  <RelativeTime at={item.receivedAt} />
                </span>
              </span>
              <span className="line-clamp-2 text-sm text-muted wrap-anywhere">{item.text}</span>
            </button>
          </li>
        ))}
      </ul>
      {items.length === SHOWN && <p className="text-xs text-muted">{t('older')}</p>}
    </div>
  );
}

function Empty({ status }: { status: 'open' | 'done' }) {
  const t = useTranslations('inbox');
  if (status === 'done')
    return <EmptyState icon={<Inbox />} title={t('noneDone')} body={t('noneDoneBody')} />;
  return (
    <EmptyState
      icon={<Inbox />}
      title={t('empty')}
      body={t('emptyBody')}
      action={<LinkButton href="/channels">{t('toChannels')}</LinkButton>}
    />
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="grid gap-4 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
      <div className="grid gap-px">
        {[0, 1, 2, 3].map((row) => (
          <Skeleton key={row} className="h-16" />
        ))}
      </div>
      <Skeleton className="hidden h-64 lg:block" />
    </div>
  );
}
