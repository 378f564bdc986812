'use client';
import { useQuery } from '@tanstack/react-query';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { api } from '@/client/api';
import { ErrorState } from '@/ui/error-state';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import type { InboundHealthView } from '../../inbound/schema';

/** How an address did in the last day. */
export function InboundHealth({ id }: { id: string }) {
  const t = useTranslations('operations.inbound');
  const format = useFormatter();
  const path = `/api/webhooks/${id}/health` as const;
  const answer = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => api<InboundHealthView>('GET', path, { signal }),
  });
  if (answer.error) return <ErrorState compact error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Skeleton className="h-24" />;
  const { received, failed, refused, lastReceivedAt, disabledReason } = answer.data;
  return (
    <>
      {disabledReason && (
        <p role="status" className="rounded-lg border border-line bg-sunken p-3">
          {t(`reason.${disabledReason}`)}
        </p>
      )}
      <dl className="grid grid-cols-2 gap-3">
        <Fact name={t('received')}>{format.number(received)}</Fact>
        <Fact name={t('failed')}>{format.number(failed)}</Fact>
        <Fact name={t('refused')}>{format.number(refused)}</Fact>
        <Fact name={t('last')}>{lastReceivedAt ? <RelativeTime at={lastReceivedAt} /> : t('never')}</Fact>
      </dl>
    </>
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
