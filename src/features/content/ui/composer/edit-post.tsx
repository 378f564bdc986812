'use client';
import { useQuery } from '@tanstack/react-query';
import { Newspaper } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { ApiProblem, api } from '@/client/api';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { Skeleton } from '@/ui/skeleton';
import type { PostWithRuns } from '../../answer-schema';
import { Composer, type ComposerProps } from './composer';

/** The composer for a post that exists; it is read once, and every save names the version it was written on. */
export function EditPost({ postId, ...props }: Omit<ComposerProps, 'start'> & { postId: string }) {
  const t = useTranslations('content.detail');
  const { organizationId } = props.session;
  const query = useQuery({
    queryKey: ['post', organizationId, postId],
    queryFn: () => api<PostWithRuns>('GET', `/api/posts/${postId}`),
    // Always the newest to start from, and never another one while somebody writes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnMount: 'always',
  });
  if (query.error instanceof ApiProblem && query.error.status === 404) {
    return (
      <EmptyState
        icon={Newspaper}
        title={t('goneTitle')}
        body={t('goneBody')}
        action={<LinkButton href="/posts">{t('toPosts')}</LinkButton>}
      />
    );
  }
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data || query.isFetching) return <ComposerSkeleton />;
  return <Composer key={`${organizationId} ${postId}`} {...props} start={query.data} />;
}

function ComposerSkeleton() {
  const t = useTranslations('common');
  return (
    <div role="status" aria-busy="true" aria-label={t('loading')} className="grid gap-5">
      <Skeleton className="h-9 w-48" />
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_300px_340px]">
        <Skeleton className="h-72" />
        <Skeleton className="h-48 max-lg:hidden" />
        <Skeleton className="h-48 max-lg:hidden" />
      </div>
    </div>
  );
}
