'use client';
import { CalendarX, Newspaper, PenLine, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { LiveDot } from '@/ui/live-dot';
import { PageHeader } from '@/ui/page-header';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { isLocked, isOpen } from '../../edit-plan';
import type { Post } from '../../schema';
import { useChannels } from '../composer/use-channels';
import { useMediaAssets } from '../composer/use-media-assets';
import { PreviewPane } from '../preview/preview-pane';
import { ReviewPanel } from '../review/review-panel';
import { type ContentSession, may } from '../session';
import { PostStatusBadge } from './post-status';
import { RunCard } from './run-card';
import { SeriesCard } from './series-card';
import { usePost, useRunMetrics } from './use-post';

/** One post: what it says on each channel, where it stands, every attempt, and what can be done. All of it live. */
export function PostDetail({ session, postId }: { session: ContentSession; postId: string }) {
  const t = useTranslations('content.detail');
  const { post, runs, attempts } = usePost(session.organizationId, postId);
  const channels = useChannels(session.organizationId);
  const { measured, links } = useRunMetrics(
    session.organizationId,
    postId,
    runs.items.some((run) => run.publishedAt !== null),
  );
  if (post.status === 'error') return <ErrorState error={post.error} onRetry={post.retry} />;
  if (post.status === 'loading') return <DetailSkeleton />;
  if (!post.item || post.item.status === 'deleted') {
    return (
      <EmptyState
        icon={Newspaper}
        title={t('goneTitle')}
        body={t('goneBody')}
        action={<LinkButton href="/posts">{t('toPosts')}</LinkButton>}
      />
    );
  }
  const { item } = post;
  const canAct = may(session, 'content.publish');
  return (
    <>
      <PageHeader
        title={t('title')}
        breadcrumb={[{ label: t('posts'), href: '/posts' }]}
        aside={
          <>
            <PostStatusBadge status={item.status} />
            <LiveDot state={post.status === 'offline' ? 'offline' : 'live'} />
          </>
        }
        actions={<PostActions post={item} session={session} runs={runs.items} />}
      />
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(320px,400px)]">
        <section aria-label={t('channels')} className="grid content-start gap-3">
          <h2 className="text-sm font-semibold">{t('channels')}</h2>
          {runs.status === 'error' && <ErrorState error={runs.error} onRetry={runs.retry} compact />}
          {runs.status === 'loading' && <Skeleton className="h-28" />}
          {runs.status !== 'loading' && runs.items.length === 0 && (
            <EmptyState outline="none" title={t('noRunsTitle')} body={t('noRunsBody')} className="min-h-40" />
          )}
          <ul className="grid gap-3">
            {runs.items.map((run) => (
              <RunCard
                key={run.id}
                run={run}
                connection={channels.byId.get(run.connectionId)}
                attempts={attempts.items.filter((attempt) => attempt.runId === run.id)}
                loading={attempts.status === 'loading'}
                measured={measured.get(run.id)}
                links={links.filter((link) => link.runId === run.id)}
                canAct={canAct}
              />
            ))}
          </ul>
        </section>
        <aside className="grid content-start gap-4">
          <ReviewPanel session={session} post={item} runs={runs.items} byId={channels.byId} />
          {item.series && <SeriesCard post={item} series={item.series} session={session} />}
          <Says post={item} session={session} byId={channels.byId} />
          <Facts post={item} />
        </aside>
      </div>
    </>
  );
}

function Says(props: { post: Post; session: ContentSession; byId: ReturnType<typeof useChannels>['byId'] }) {
  const { post, session, byId } = props;
  const { assets } = useMediaAssets(session.organizationId, post.mediaIds);
  return (
    <>
      <PreviewPane content={post} byId={byId} assets={assets} focus={null} />
      {post.channels.length === 0 && (
        <Card>
          <p className="break-words whitespace-pre-wrap">{post.master.text}</p>
        </Card>
      )}
    </>
  );
}

function Facts({ post }: { post: Post }) {
  const t = useTranslations('content.detail');
  const rows: [string, React.ReactNode][] = [
    [
      t('due'),
      post.schedule.dueAt && (
        <>
          <DateTime at={post.schedule.dueAt} />
          {post.schedule.zone && (
            <span className="block text-xs text-muted">
              {t('local', {
                time: (post.schedule.localTime ?? '').replace('T', ' '),
                zone: post.schedule.zone,
              })}
            </span>
          )}
        </>
      ),
    ],
    [t('firstOut'), post.publishedAt && <DateTime at={post.publishedAt} />],
    [t('tags'), post.tags.length > 0 && post.tags.join(', ')],
    [t('source'), t(`sources.${post.source}`)],
    [t('created'), <DateTime key="created" at={post.createdAt} />],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
      {rows.map(
        ([name, value]) =>
          value && (
            <div key={name} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

interface PostActionsProps {
  post: Post;
  session: ContentSession;
  runs: readonly { status: string; connectionId: string }[];
}

function PostActions({ post, session, runs }: PostActionsProps) {
  const t = useTranslations('content.detail');
  const router = useRouter();
  const [asking, setAsking] = useState<'unschedule' | 'delete' | null>(null);
  const canWrite = may(session, 'content.write');
  const canDelete = canWrite && (post.authorId === session.userId || may(session, 'content.manage'));
  const out = runs.some(isLocked);
  const waiting = runs.some((run) => isOpen(run) && run.status !== 'failed');
  if (!canWrite) return null;
  return (
    <>
      {(waiting || post.status === 'draft' || runs.some(isOpen)) && (
        <LinkButton href={`/posts/${post.id}/edit`} icon={PenLine}>
          {t('edit')}
        </LinkButton>
      )}
      {waiting && !out && (
        <Button icon={CalendarX} onClick={() => setAsking('unschedule')}>
          {t('unschedule')}
        </Button>
      )}
      {canDelete && (
        <Button icon={Trash2} variant="ghost" onClick={() => setAsking('delete')}>
          {t('delete')}
        </Button>
      )}
      <ConfirmDialog
        open={asking === 'unschedule'}
        onOpenChange={(open) => setAsking(open ? 'unschedule' : null)}
        title={t('unscheduleTitle')}
        body={t('unscheduleBody')}
        confirmLabel={t('unschedule')}
        onConfirm={async () => {
          await api('PATCH', `/api/posts/${post.id}`, {
            body: { schedule: { mode: 'draft' } },
            headers: { 'if-match': `"${post.version}"` },
            idempotencyKey: crypto.randomUUID(),
          });
          toast.success(t('unscheduled'));
        }}
      />
      <ConfirmDialog
        open={asking === 'delete'}
        onOpenChange={(open) => setAsking(open ? 'delete' : null)}
        title={t('deleteTitle')}
        body={out ? t('deleteOutBody') : t('deleteBody')}
        confirmLabel={out ? t('deleteEverywhere') : t('delete')}
        danger
        onConfirm={async () => {
          await api('DELETE', `/api/posts/${post.id}`, {
            query: { remote: out },
            idempotencyKey: crypto.randomUUID(),
          });
          toast.success(out ? t('removing') : t('deleted'));
          if (!out) router.push('/posts');
        }}
      />
    </>
  );
}

function DetailSkeleton() {
  const t = useTranslations('common');
  return (
    <div role="status" aria-busy="true" aria-label={t('loading')} className="grid gap-5">
      <Skeleton className="h-9 w-64" />
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(320px,400px)]">
        <div className="grid content-start gap-3">
          <Skeleton className="h-28" />
          <Skeleton className="h-28" />
        </div>
        <Skeleton className="h-64" />
      </div>
    </div>
  );
}
