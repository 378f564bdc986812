'use client';
import { useQuery } from '@tanstack/react-query';
import { Inbox } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { api } from '@/client/api';
import { Badge } from '@/ui/badge';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import { RelativeTime } from '@/ui/relative-time';
import { Sheet } from '@/ui/sheet';
import type { InboundRegistrationView } from '../../inbound/schema';
import { ENDPOINT_TONES } from '../endpoint';
import { InboundHealth } from './inbound-health';
import { InboundLog } from './inbound-log';

const PATH = '/api/webhooks';

/** Addresses that other companies send to: whether what comes is taken, and the log of it. */
export function InboundWebhooks() {
  const t = useTranslations('operations.inbound');
  const [openId, setOpenId] = useState<string | null>(null);
  const answer = useQuery({
    queryKey: [PATH],
    queryFn: ({ signal }) => api<{ items: InboundRegistrationView[] }>('GET', PATH, { signal }),
  });
  const columns = useColumns();
  const rows = answer.data?.items ?? [];
  const open = rows.find(({ id }) => id === openId) ?? null;
  return (
    <section className="grid gap-3">
      <div>
        <h2 className="text-base font-semibold">{t('title')}</h2>
        <p className="text-sm text-muted">{t('body')}</p>
      </div>
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        onRowOpen={(row) => setOpenId(row.id)}
        loading={answer.isPending}
        error={answer.error}
        onRetry={() => void answer.refetch()}
        storageKey="inbound-webhooks"
        empty={<EmptyState icon={<Inbox />} title={t('empty')} body={t('emptyBody')} />}
      />
      <Sheet
        open={open !== null}
        onOpenChange={(shown) => !shown && setOpenId(null)}
        title={open ? t('from', { provider: open.providerId }) : t('title')}
      >
        {open && (
          <div key={open.id} className="grid gap-5">
            <InboundHealth id={open.id} />
            <InboundLog id={open.id} />
          </div>
        )}
      </Sheet>
    </section>
  );
}

function useColumns(): DataColumn<InboundRegistrationView>[] {
  const t = useTranslations('operations.inbound');
  return useMemo(
    () => [
      {
        id: 'provider',
        header: t('provider'),
        hideable: false,
        sortValue: ({ providerId }) => providerId,
        cell: ({ providerId, description }) => (
          <>
            <code className="font-mono text-xs">{providerId}</code>
            {description && <span className="ml-2 text-muted">{description}</span>}
          </>
        ),
      },
      {
        id: 'status',
        header: t('status'),
        hideable: false,
        sortValue: ({ status }) => status,
        cell: ({ status, verified }) => (
          <Badge tone={verified ? ENDPOINT_TONES[status] : 'neutral'}>
            {t(verified || status !== 'active' ? `states.${status}` : 'states.unverified')}
          </Badge>
        ),
      },
      {
        id: 'created',
        header: t('created'),
        wide: true,
        sortValue: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
      },
    ],
    [t],
  );
}
