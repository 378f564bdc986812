'use client';
import { useFormatter, useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { DateTime } from '@/ui/date-time';
import { EmptyState } from '@/ui/empty-state';
import { LinkButton } from '@/ui/link-button';
import { LoadMore } from '@/ui/load-more';
import { SandboxTag } from '@/ui/sandbox-tag';
import { StatusBadge } from '@/ui/status-badge';
import type { PurchaseStatus } from '../schema';
import { type Purchase, usePurchases } from './use-billing';
import { useMoney } from './use-money';

const TONES = {
  open: 'neutral',
  processing: 'info',
  paid: 'ok',
  failed: 'danger',
  expired: 'neutral',
  partially_refunded: 'warn',
  refunded: 'warn',
  disputed: 'danger',
} as const satisfies Record<PurchaseStatus, string>;

/** Every purchase of tokens, with its receipt. */
export function PurchasesCard({ organizationId }: { organizationId: string }) {
  const t = useTranslations('billing.purchases');
  const pages = usePurchases(organizationId);
  const columns = useColumns();
  return (
    <section aria-label={t('title')} className="grid min-w-0 gap-2">
      <div>
        <h2 className="text-base font-semibold">{t('title')}</h2>
        <p className="text-sm text-muted">{t('description')}</p>
      </div>
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={pages.rows}
        rowKey={({ id }) => id}
        loading={pages.isPending}
        error={pages.rows.length === 0 ? pages.error : null}
        onRetry={() => void pages.refetch()}
        storageKey="purchases"
        empty={
          <EmptyState
            title={t('empty')}
            body={t('emptyBody')}
            action={<LinkButton href="/tokens#packages">{t('emptyAction')}</LinkButton>}
          />
        }
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
    </section>
  );
}

function useColumns(): DataColumn<Purchase>[] {
  const t = useTranslations('billing.purchases');
  const format = useFormatter();
  const money = useMoney();
  return useMemo(
    () => [
      {
        id: 'date',
        header: t('date'),
        cell: (row) => <DateTime at={new Date(row.purchaseDate)} />,
        hideable: false,
      },
      {
        id: 'tokens',
        header: t('tokens'),
        align: 'right',
        cell: (row) => format.number(row.tokens),
      },
      { id: 'price', header: t('price'), align: 'right', cell: (row) => money(row.price, row.currency) },
      {
        id: 'status',
        header: t('status'),
        cell: (row) => (
          <span className="inline-flex items-center gap-2">
            <StatusBadge tone={TONES[row.status]}>{t(`state.${row.status}`)}</StatusBadge>
            {row.gateway === 'sandbox' && <SandboxTag />}
          </span>
        ),
      },
      {
        id: 'receipt',
        header: t('receipt'),
        cell: (row) =>
          row.receiptUrl ? (
            <a className="text-iris-text underline" href={row.receiptUrl} rel="noreferrer" target="_blank">
              {t('open')}
            </a>
          ) : (
            <span className="text-muted">
              {row.gateway === 'sandbox' && row.credited ? t('noMoney') : '–'}
            </span>
          ),
      },
    ],
    [t, format, money],
  );
}
