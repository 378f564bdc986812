'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Badge, type Tone } from '@/ui/badge';
import { Card } from '@/ui/card';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import type { ClientReview, OpenedReview } from '../../review-schema';
import { type MediaAddress, MediaAddressContext } from '../media/media-address';
import { PreviewPane } from '../preview/preview-pane';
import { ClientAnswerForm } from './client-answer';
import { assetsOf, channelsOf } from './client-stand-ins';
import { type ClientAccess, ClientUnlock } from './client-unlock';
import { Thread } from './thread';

const TONES: Record<ClientReview['state'], Tone> = {
  open: 'info',
  approved: 'ok',
  changes_requested: 'warn',
  closed: 'neutral',
};
/** Somebody without an account has no listener; this is often enough to see an answer arrive. */
const REFRESH_MS = 20_000;

function revived(opened: OpenedReview): OpenedReview {
  const { review } = opened;
  if (!review) return opened;
  return {
    ...opened,
    review: {
      ...review,
      expiresAt: new Date(review.expiresAt),
      dueAt: review.dueAt && new Date(review.dueAt),
      comments: review.comments.map((one) => ({ ...one, createdAt: new Date(one.createdAt) })),
    },
  };
}

/** A post for somebody without an account: how it will look, what was said, and their decision. */
export function ClientReviewScreen({ token }: { token: string }) {
  const t = useTranslations('review.client');
  const client = useQueryClient();
  const [access, setAccess] = useState<string | null>(null);
  const at: ClientAccess = { path: `/api/review/${encodeURIComponent(token)}`, access };
  const queryKey = ['client-review', token, access];
  const opened = useQuery({
    queryKey,
    queryFn: async () =>
      revived(await api<OpenedReview>('GET', at.path, { query: access ? { access } : {} })),
    refetchInterval: REFRESH_MS,
    retry: false,
  });
  const address = useMemo((): MediaAddress => {
    const proof = access ? `access=${encodeURIComponent(access)}` : '';
    const media = (id: string) => `/api/review/${encodeURIComponent(token)}/media/${id}`;
    return {
      file: ({ id }) => `${media(id)}?${proof}`,
      thumb: ({ id }, width) => `${media(id)}?w=${width}&${proof}`,
    };
  }, [token, access]);
  const gone = opened.error instanceof ApiProblem && opened.error.status === 404;
  if (gone || !opened.data) {
    return (
      <>
        <h1 className="sr-only">{t('title')}</h1>
        {gone && <EmptyState outline="none" title={t('goneTitle')} body={t('goneBody')} />}
        {!gone && opened.error && <ErrorState error={opened.error} onRetry={() => void opened.refetch()} />}
        {!opened.error && <ClientSkeleton />}
      </>
    );
  }
  const { review } = opened.data;
  if (!review) return <ClientUnlock at={at} onAccess={setAccess} />;
  return (
    <MediaAddressContext value={address}>
      <Review
        review={review}
        at={at}
        onAnswered={(answer) => client.setQueryData(queryKey, revived(answer))}
        onStale={() => void opened.refetch()}
      />
    </MediaAddressContext>
  );
}

interface ReviewProps {
  review: ClientReview;
  at: ClientAccess;
  onAnswered: (answer: OpenedReview) => void;
  onStale: () => void;
}

function Review({ review, at, onAnswered, onStale }: ReviewProps) {
  const t = useTranslations('review.client');
  const byId = useMemo(() => channelsOf(review), [review]);
  const assets = useMemo(() => assetsOf(review), [review]);
  return (
    <>
      <header className="mb-5 grid gap-1">
        <p className="text-sm text-muted">{t('from', { name: review.organizationName })}</p>
        <h1 className="flex flex-wrap items-center gap-3 font-display text-xl font-semibold">
          {t('title')} <Badge tone={TONES[review.state]}>{t(`state.${review.state}`)}</Badge>
        </h1>
        <p className="text-sm text-muted">
          {review.dueAt ? (
            <>
              {t('due')} <DateTime at={review.dueAt} />
            </>
          ) : (
            t('noTime')
          )}
          {review.decidedBy && ` · ${t('decidedBy', { name: review.decidedBy })}`}
        </p>
      </header>
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(320px,400px)]">
        <section aria-label={t('looks')} className="grid content-start gap-3">
          {byId.size > 0 ? (
            <PreviewPane content={review.post} byId={byId} assets={assets} focus={null} />
          ) : (
            <Card>
              <p className="break-words whitespace-pre-wrap">{review.post.master.text}</p>
            </Card>
          )}
        </section>
        <aside className="grid content-start gap-4">
          <ClientAnswerForm review={review} at={at} onAnswered={onAnswered} onStale={onStale} />
          <Card title={t('said')}>
            <Thread items={review.comments} />
          </Card>
          <p className="text-xs text-muted">
            {t('until')} <DateTime at={review.expiresAt} />
          </p>
        </aside>
      </div>
    </>
  );
}

function ClientSkeleton() {
  const t = useTranslations('common');
  return (
    <div role="status" aria-busy="true" aria-label={t('loading')} className="grid gap-5">
      <Skeleton className="h-12 w-64" />
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(320px,400px)]">
        <Skeleton className="h-72" />
        <Skeleton className="h-56" />
      </div>
    </div>
  );
}
