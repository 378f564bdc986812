'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { Eye, Heart, MessageCircle, Newspaper, Repeat2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { api } from '@/client/api';
import type { FeedPost } from '@/features/platforms/sandbox/schema';
import { SandboxComment } from '@/features/platforms/ui/sandbox-comment';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';

type FeedPage = { items: FeedPost[]; cursor: string | null };

const REFRESH_MS = 4_000;

/** Public posts of the practice network, newest first, kept up to date. */
export function SandboxFeed({ handle }: { handle: string | null }) {
  const t = useTranslations('platforms.sandbox');
  const feed = useInfiniteQuery({
    queryKey: ['sandbox-feed', handle],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      api<FeedPage>('GET', '/api/sandbox-network/feed', {
        query: { handle: handle ?? '', cursor: pageParam },
      }),
    getNextPageParam: (page) => page.cursor ?? undefined,
    refetchInterval: REFRESH_MS,
  });
  if (feed.isPending) return <Loading />;
  if (feed.isError) return <ErrorState error={feed.error} onRetry={() => void feed.refetch()} />;
  const posts = feed.data.pages.flatMap((page) => page.items);
  if (posts.length === 0) {
    return (
      <EmptyState
        icon={<Newspaper />}
        title={t('empty')}
        body={t('emptyBody')}
        action={<LinkButton href="/channels">{t('toChannels')}</LinkButton>}
      />
    );
  }
  return (
    <div className="grid gap-4">
      <ol className="divide-y divide-line rounded-lg border border-line bg-surface">
        {posts.map((post) => (
          <Post key={post.id} post={post} />
        ))}
      </ol>
      {feed.hasNextPage && (
        <Button
          className="justify-self-center"
          loading={feed.isFetchingNextPage}
          onClick={() => void feed.fetchNextPage()}
        >
          {t('more')}
        </Button>
      )}
    </div>
  );
}

function Post({ post }: { post: FeedPost }) {
  const t = useTranslations('platforms.sandbox');
  return (
    <li id={post.id} className="flex gap-3 p-4 target:bg-iris-tint">
      <Avatar name={post.displayName} size="lg" />
      <article className="grid min-w-0 flex-1 gap-2">
        <header className="flex flex-wrap items-baseline gap-x-2 text-sm text-muted">
          <span className="text-base font-semibold text-ink">{post.displayName}</span>
          <span>@{post.handle}</span>
          <RelativeTime at={post.postedAt} />
          {post.edited && <span>{t('edited')}</span>}
        </header>
        {post.replyTo && (
          <a href={`#${post.replyTo}`} className="justify-self-start text-sm text-iris-text hover:underline">
            {t('replyTo')}
          </a>
        )}
        {post.title && <p className="font-semibold">{post.title}</p>}
        <p className="wrap-anywhere whitespace-pre-wrap">{post.text}</p>
        {post.media.length > 0 && <Media media={post.media} />}
        <Numbers post={post} />
        <SandboxComment postId={post.id} />
      </article>
    </li>
  );
}

function Media({ media }: { media: FeedPost['media'] }) {
  const t = useTranslations('platforms.sandbox');
  return (
    <div className={`grid gap-1 overflow-hidden rounded-md ${media.length > 1 ? 'grid-cols-2' : ''}`}>
      {media.map((file) =>
        file.mime.startsWith('image/') ? (
          // biome-ignore lint/performance/noImgElement: served by the sandbox network as it was uploaded
          <img
            key={file.id}
            src={file.url}
            alt={file.altText}
            loading="lazy"
            className="aspect-4/3 w-full bg-sunken object-contain"
          />
        ) : file.mime.startsWith('video/') ? (
          // biome-ignore lint/a11y/useMediaCaption: what was uploaded has no captions of its own
          <video
            key={file.id}
            src={file.url}
            controls
            preload="metadata"
            aria-label={file.altText || t('file')}
          />
        ) : (
          <a key={file.id} href={file.url} className="text-iris-text hover:underline">
            {file.altText || t('file')}
          </a>
        ),
      )}
    </div>
  );
}

function Numbers({ post }: { post: FeedPost }) {
  const t = useTranslations('platforms.sandbox');
  const { impressions, likes, comments, shares } = post.metrics;
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted tabular-nums">
      <Figure icon={<Eye size={16} aria-hidden="true" />}>{t('impressions', { count: impressions })}</Figure>
      <Figure icon={<Heart size={16} aria-hidden="true" />}>{t('likes', { count: likes })}</Figure>
      <Figure icon={<MessageCircle size={16} aria-hidden="true" />}>
        {t('comments', { count: comments })}
      </Figure>
      <Figure icon={<Repeat2 size={16} aria-hidden="true" />}>{t('shares', { count: shares })}</Figure>
    </ul>
  );
}

function Figure({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <li className="inline-flex items-center gap-1.5">
      {icon}
      {children}
    </li>
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="divide-y divide-line rounded-lg border border-line bg-surface">
      {[1, 2, 3].map((row) => (
        <div key={row} className="flex gap-3 p-4">
          <Skeleton className="size-10 rounded-full" />
          <div className="grid flex-1 gap-2">
            <Skeleton className="h-4 w-48" />
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-3 w-64" />
          </div>
        </div>
      ))}
    </div>
  );
}
