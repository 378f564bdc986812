'use client';

import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import type { LiveState } from '@/client/live-store';
import { useLiveQuery } from '@/client/use-live-query';
import { type Post, type PostStatus, postModel } from '@/features/content/schema';
import { PostStatusBadge } from '@/features/content/ui/posts/post-status';
import type { Connection } from '@/features/platforms/schema';
import { HealthBadge } from '@/features/platforms/ui/health-badge';
import { useTokenBalance } from '@/features/tokens/ui/use-token-balance';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { LiveValue } from '@/ui/live-value';
import { NetworkMark } from '@/ui/network-mark';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import { ListSkeleton } from './results-widgets';
import type { DashboardScope } from './use-dashboard';

const SHOWN = 5;
const OUT: readonly PostStatus[] = ['publishing', 'published', 'partial', 'attention', 'failed'];

type ListProps = { scope: DashboardScope };

function where({ organizationId, channel }: DashboardScope, statuses: readonly PostStatus[]) {
  return [
    ['organizationId', '==', organizationId],
    ...(channel ? ([['channelIds', 'array-contains', channel]] as const) : []),
    ['status', 'in', statuses],
  ] as const;
}

/** Posts that are going or went out, with where they stand, live. */
export function RecentWidget({ scope }: ListProps) {
  const t = useTranslations('dashboard.recent');
  const posts = useLiveQuery({
    model: postModel,
    where: where(scope, OUT),
    orderBy: [['updatedAt', 'desc']],
    limit: SHOWN,
  });
  return (
    <PostRows
      posts={posts}
      empty={
        <EmptyState
          outline="none"
          title={t('empty')}
          body={t('emptyBody')}
          action={<LinkButton href="/create">{t('action')}</LinkButton>}
        />
      }
      meta={(post) => <RelativeTime at={post.publishedAt ?? post.updatedAt} />}
    />
  );
}

/** What goes out next. */
export function UpcomingWidget({ scope }: ListProps) {
  const t = useTranslations('dashboard.upcoming');
  const posts = useLiveQuery({
    model: postModel,
    where: where(scope, ['scheduled']),
    orderBy: [['schedule.dueAt', 'asc']],
    limit: SHOWN,
  });
  return (
    <PostRows
      posts={posts}
      empty={
        <EmptyState
          outline="none"
          title={t('empty')}
          body={t('emptyBody')}
          action={<LinkButton href="/create">{t('action')}</LinkButton>}
        />
      }
      meta={(post) => post.schedule.dueAt && <DateTime at={post.schedule.dueAt} />}
    />
  );
}

type PostRowsProps = {
  posts: LiveState<Post> & { retry: () => void };
  empty: React.ReactNode;
  meta: (post: Post) => React.ReactNode;
};

function PostRows({ posts, empty, meta }: PostRowsProps) {
  const t = useTranslations('dashboard.best');
  if (posts.status === 'loading') return <ListSkeleton />;
  if (posts.error) return <ErrorState error={posts.error} onRetry={posts.retry} compact />;
  if (posts.items.length === 0) return empty;
  return (
    <ul className="grid grid-cols-1">
      {posts.items.map((post) => (
        <li
          key={post.id}
          className="flex min-h-11 items-center gap-3 border-t border-line py-1.5 first:border-t-0"
        >
          <span className="flex -space-x-1">
            {[...new Set(post.channels.map((channel) => channel.platform))].slice(0, 3).map((platform) => (
              <NetworkMark key={platform} platform={platform} />
            ))}
          </span>
          <div className="min-w-0 flex-1">
            <Link href={`/posts/${post.id}`} className="block truncate text-sm font-medium hover:underline">
              {post.master.text.trim() || t('untitled')}
            </Link>
            <p className="flex items-center gap-2 text-xs text-muted">
              <span className="truncate">{meta(post)}</span>
              {post.sandbox && <SandboxTag />}
            </p>
          </div>
          <PostStatusBadge status={post.status} />
        </li>
      ))}
    </ul>
  );
}

type ChannelsProps = {
  channels: readonly Connection[];
  live: { status: string; error: LiveState<unknown>['error']; retry: () => void };
};

/** Channels and whether they can post, what needs a person first. */
export function ChannelsWidget({ channels, live }: ChannelsProps) {
  const t = useTranslations('dashboard.channels');
  if (live.status === 'loading') return <ListSkeleton />;
  if (live.error) return <ErrorState error={live.error} onRetry={live.retry} compact />;
  if (channels.length === 0)
    return (
      <EmptyState
        outline="none"
        title={t('empty')}
        body={t('emptyBody')}
        action={<LinkButton href="/channels">{t('action')}</LinkButton>}
      />
    );
  return (
    <ul className="grid grid-cols-1">
      {channels.map((channel) => (
        <li
          key={channel.id}
          className="flex min-h-10 items-center gap-3 border-t border-line py-1 text-sm first:border-t-0"
        >
          <NetworkMark platform={channel.platform} />
          <Link href="/channels" className="min-w-0 flex-1 truncate hover:underline">
            {channel.displayName}
          </Link>
          {channel.sandbox && <SandboxTag />}
          <HealthBadge health={channel.health} />
        </li>
      ))}
    </ul>
  );
}

/** Tokens left, live. */
export function BalanceWidget({ organizationId }: { organizationId: string }) {
  const t = useTranslations('dashboard.balance');
  const format = useFormatter();
  const { balance, error, retry } = useTokenBalance(organizationId);
  if (error) return <ErrorState error={error} onRetry={retry} compact />;
  if (!balance) return <Skeleton className="h-16 w-full" />;
  const total = balance.included + balance.purchased;
  return (
    <div className="grid gap-2">
      <p className="font-display text-2xl font-semibold tracking-tight tabular-nums">
        <LiveValue value={balance.available}>{format.number(balance.available)}</LiveValue>{' '}
        <span className="font-sans text-sm font-normal tracking-normal text-muted">
          {t('of', { total: format.number(total) })}
        </span>
      </p>
      <p className="text-sm text-muted">
        {t('renews', { date: format.dateTime(balance.nextRefreshDate, { day: 'numeric', month: 'long' }) })}
        {balance.held > 0 && ` ${t('held', { count: balance.held })}`}
      </p>
      <LinkButton href="/tokens" size="sm" className="justify-self-start">
        {t('action')}
      </LinkButton>
    </div>
  );
}
