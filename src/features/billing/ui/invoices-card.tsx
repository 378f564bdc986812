'use client';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { LoadMore } from '@/ui/load-more';
import { StatusBadge } from '@/ui/status-badge';
import { type Invoice, useInvoices, useSubscription } from './use-billing';
import { useMoney } from './use-money';

const TONES = {
  draft: 'neutral',
  open: 'warn',
  paid: 'ok',
  uncollectible: 'danger',
  void: 'neutral',
} as const;

/** Invoices as the payment provider wrote them. */
export function InvoicesCard({ organizationId }: { organizationId: string }) {
  const t = useTranslations('billing.invoices');
  const billing = useSubscription(organizationId).data?.billing;
  const pages = useInvoices(organizationId, billing === 'enabled');
  const columns = useColumns();
  const off = billing === 'not_configured';
  const empty = <EmptyState title={t(off ? 'off' : 'empty')} body={t(off ? 'offBody' : 'emptyBody')} />;
  return (
    <section aria-label={t('title')} className="grid min-w-0 gap-2">
      <div>
        <h2 className="text-base font-semibold">{t('title')}</h2>
        <p className="text-sm text-muted">{t('description')}</p>
      </div>
      {off ? (
        empty
      ) : (
        <DataTable
          caption={t('title')}
          columns={columns}
          rows={pages.rows}
          rowKey={({ id }) => id}
          loading={pages.isPending}
          error={pages.rows.length === 0 ? pages.error : null}
          onRetry={() => void pages.refetch()}
          storageKey="invoices"
          empty={empty}
          footer={
            pages.rows.length > 0 && (
              <LoadMore
                hasMore={pages.hasNextPage}
                loading={pages.isFetchingNextPage}
                onLoadMore={() => void pages.fetchNextPage()}
                shown={pages.rows.length}
              />
            )
          }
        />
      )}
    </section>
  );
}

function useColumns(): DataColumn<Invoice>[] {
  const t = useTranslations('billing.invoices');
  const money = useMoney();
  return useMemo(
    () => [
      {
        id: 'date',
        header: t('date'),
        cell: (row) => <DateTime at={new Date(row.createdAt)} />,
        hideable: false,
      },
      {
        id: 'number',
        header: t('number'),
        cell: (row) => <span className="font-mono">{row.number ?? '–'}</span>,
      },
      {
        id: 'description',
        header: t('what'),
        className: 'max-w-80 truncate',
        cell: (row) => row.description,
      },
      { id: 'total', header: t('total'), align: 'right', cell: (row) => money(row.total, row.currency) },
      {
        id: 'status',
        header: t('status'),
        cell: (row) => <StatusBadge tone={TONES[row.status]}>{t(`state.${row.status}`)}</StatusBadge>,
      },
      {
        id: 'links',
        header: t('links'),
        cell: (row) => (
          <span className="inline-flex gap-3">
            {row.hostedUrl && (
              <a className="text-iris-text underline" href={row.hostedUrl} rel="noreferrer" target="_blank">
                {t(row.status === 'open' ? 'pay' : 'view')}
              </a>
            )}
            {row.pdfUrl && (
              <a className="text-iris-text underline" href={row.pdfUrl} rel="noreferrer" target="_blank">
                PDF
              </a>
            )}
          </span>
        ),
      },
    ],
    [t, money],
  );
}
