'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { api } from '@/client/api';
import { ErrorState } from '@/ui/error-state';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import type { InboundHealthView } from '../../inbound/schema';

/** How an address did in the last day. @param moment changes whenever something came; what is shown follows. */
export function InboundHealth({ id, moment }: { id: string; moment: string }) {
  const t = useTranslations('inbound');
  const format = useFormatter();
  const path = `/api/webhooks/${id}/health` as const;
  const answer = useQuery({
    queryKey: [path, moment],
    queryFn: ({ signal }) => api<InboundHealthView>('GET', path, { signal }),
    placeholderData: keepPreviousData,
  });
  if (answer.error) return <ErrorState compact error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Skeleton className="h-24" />;
  const { received, failed, refused, lastReceivedAt, failureCount } = answer.data;
  return (
    <dl className="grid grid-cols-2 gap-3">
      <Fact name={t('received')}>{format.number(received)}</Fact>
      <Fact name={t('failed')}>{format.number(failed)}</Fact>
      <Fact name={t('refused')}>{format.number(refused)}</Fact>
      <Fact name={t('inARow')}>{format.number(failureCount)}</Fact>
      <Fact name={t('last')}>{lastReceivedAt ? <RelativeTime at={lastReceivedAt} /> : t('never')}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </div>
  );
}
