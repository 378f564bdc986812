'use client';
import { Newspaper, PenLine } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import type { Connection } from '@/features/platforms/schema';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { LinkButton } from '@/ui/link-button';
import { LiveValue } from '@/ui/live-value';
import { LoadMore } from '@/ui/load-more';
import { NetworkMark } from '@/ui/network-mark';
import { PageHeader } from '@/ui/page-header';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Tabs } from '@/ui/tabs';
import type { Post } from '../../schema';
import { useChannels } from '../composer/use-channels';
import { type ContentSession, may } from '../session';
import { PostFilters } from './post-filters';
import { PostStatusBadge } from './post-status';
import { TableActions } from './table-actions';
import { POST_VIEWS, type PostFilter, usePosts } from './use-posts';

const FILTERS = {
  view: parseAsStringLiteral(POST_VIEWS).withDefault('all'),
  channel: parseAsString,
  campaign: parseAsString,
  tag: parseAsString,
};

/** Every post this person may see, live; the view is in the address. */
export function PostsTable({ session }: { session: ContentSession }) {
  const t = useTranslations('content.posts');
  const router = useRouter();
  const [{ view, channel, campaign, tag }, setFilters] = useQueryStates(FILTERS);
  const filter = filterOf(channel, campaign, tag);
  const channels = useChannels(session.organizationId);
  const posts = usePosts(session, view, filter);
  const columns = useColumns(channels.byId);
  const filtered = view !== 'all' || Object.keys(filter).length > 0;
  const canWrite = may(session, 'content.write');
  const create = canWrite && (
    <LinkButton href="/create" variant="primary" icon={PenLine}>
      {t('create')}
    </LinkButton>
  );
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={
          <>
            <TableActions canWrite={canWrite} filter={filter} />
            {create}
          </>
        }
      />
      <Tabs
        aria-label={t('views')}
        value={view}
        onValueChange={(next) => setFilters({ view: next })}
        tabs={POST_VIEWS.map((value) => ({ value, label: t(`view.${value}`) }))}
        className="mb-3"
      />
      <DataTable<Post>
        caption={t('title')}
        columns={columns}
        rows={posts.items}
        rowKey={(post) => post.id}
        onRowOpen={(post) =>
          router.push(post.status === 'draft' && canWrite ? `/posts/${post.id}/edit` : `/posts/${post.id}`)
        }
        loading={posts.status === 'loading'}
        error={posts.error}
        onRetry={posts.retry}
        storageKey="posts"
        toolbar={
          <PostFilters
            organizationId={session.organizationId}
            channels={channels.channels}
            posts={posts.items}
            filter={filter}
            onChange={({ channel, campaignId, tag }) =>
              setFilters({ channel: channel ?? null, campaign: campaignId ?? null, tag: tag ?? null })
            }
          />
        }
        empty={
          <EmptyState
            icon={Newspaper}
            title={filtered ? t('emptyFilteredTitle') : t('emptyTitle')}
            body={filtered ? t('emptyFilteredBody') : t('emptyBody')}
            action={filtered ? undefined : create}
          />
        }
        footer={<LoadMore hasMore={posts.hasMore} onLoadMore={posts.more} shown={posts.items.length} />}
      />
    </>
  );
}

/** An address may name several; the first counts, as only one is chosen at a time. */
function filterOf(channel: string | null, campaignId: string | null, tag: string | null): PostFilter {
  if (channel) return { channel };
  if (campaignId) return { campaignId };
  return tag ? { tag } : {};
}

/** The first line with words in it, or what stands for it. */
function headline(post: Post): string {
  const texts = [post.master.text, ...post.channels.flatMap((channel) => channel.variant?.text ?? [])];
  for (const text of texts) {
    const line = text.split('\n').find((one) => one.trim() !== '');
    if (line) return line.trim();
  }
  return '';
}

function WhenOut({ post }: { post: Post }) {
  const at = post.publishedAt ?? post.schedule.dueAt;
  return at ? <DateTime at={at} /> : <span className="text-muted">–</span>;
}

function useColumns(byId: ReadonlyMap<string, Connection>): DataColumn<Post>[] {
  const t = useTranslations('content.posts');
  return useMemo(
    () => [
      {
        id: 'text',
        header: t('column.text'),
        hideable: false,
        className: 'w-full max-w-0',
        cell: (post) => (
          <span className="grid grid-cols-1 gap-1 @max-2xl:py-2">
            <span className="flex items-center gap-2">
              <span className="truncate">
                {headline(post) || <em className="text-muted">{t('noText')}</em>}
              </span>
              {post.sandbox && <SandboxTag className="@max-2xl:hidden" />}
            </span>
            <span className="flex items-center gap-2 text-xs text-muted @2xl:hidden">
              <PostStatusBadge status={post.status} />
              <WhenOut post={post} />
              {post.sandbox && <SandboxTag />}
            </span>
          </span>
        ),
        sortValue: headline,
      },
      {
        id: 'status',
        header: t('column.status'),
        wide: true,
        cell: (post) => (
          <LiveValue value={post.status}>
            <PostStatusBadge status={post.status} />
          </LiveValue>
        ),
        sortValue: (post) => post.status,
      },
      {
        id: 'channels',
        header: t('column.channels'),
        wide: true,
        cell: (post) => (
          <span className="flex items-center gap-1">
            {post.channels.slice(0, 6).map((channel) => (
              <span key={channel.connectionId} title={byId.get(channel.connectionId)?.displayName}>
                <NetworkMark platform={channel.platform} />
              </span>
            ))}
            {post.channels.length > 6 && (
              <span className="text-xs text-muted">+{post.channels.length - 6}</span>
            )}
          </span>
        ),
        sortValue: (post) => post.channels.length,
      },
      {
        id: 'due',
        header: t('column.due'),
        wide: true,
        cell: (post) => <WhenOut post={post} />,
        sortValue: (post) => post.publishedAt ?? post.schedule.dueAt,
      },
      {
        id: 'created',
        header: t('column.created'),
        wide: true,
        cell: (post) => <RelativeTime at={post.createdAt} className="text-muted" />,
        sortValue: (post) => post.createdAt,
      },
      {
        id: 'tags',
        header: t('column.tags'),
        hidden: true,
        cell: (post) => <span className="text-muted">{post.tags.join(', ')}</span>,
      },
    ],
    [t, byId],
  );
}
