'use client';

import { useQuery } from '@tanstack/react-query';
import { useFormatter, useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import { TASK_PRICES, TASK_TYPES } from '../prices';
import type { PackagesResponse } from '../schema';
import { tokenKey } from './use-token-balance';

/** What tokens cost and what they buy. Where buying is not set up, it says so instead of offering a button that leads nowhere. */
export function PackagesCard({ organizationId }: { organizationId: string }) {
  const t = useTranslations('tokens.packages');
  const answer = useQuery({
    queryKey: tokenKey(organizationId, 'packages'),
    queryFn: () => api<PackagesResponse>('GET', '/api/tokens/packages'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const off = answer.data?.purchases === 'not_configured';
  return (
    <Card
      title={t('title')}
      description={t('description')}
      actions={off && <StatusBadge tone="warn">{t('notConfigured')}</StatusBadge>}
      footer={off && <p>{t('notConfiguredBody')}</p>}
    >
      {answer.error ? (
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} compact />
      ) : answer.data ? (
        <PackageList answer={answer.data} />
      ) : (
        <Skeleton className="h-44 w-full" />
      )}
    </Card>
  );
}

function PackageList({ answer }: { answer: PackagesResponse }) {
  const t = useTranslations('tokens.packages');
  const format = useFormatter();
  const money = (minor: number, digits: number) =>
    format.number(minor / 100, {
      style: 'currency',
      currency: answer.currency.toUpperCase(),
      minimumFractionDigits: digits,
      maximumFractionDigits: 3,
    });
  return (
    <table className="w-full text-left text-sm">
      <caption className="sr-only">{t('title')}</caption>
      <thead className="text-muted">
        <tr>
          <th scope="col" className="h-8 font-normal">
            {t('package')}
          </th>
          <th scope="col" className="h-8 text-right font-normal">
            {t('price')}
          </th>
          <th scope="col" className="h-8 text-right font-normal">
            {t('perToken')}
          </th>
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {answer.packages.map((one) => (
          <tr key={one.id}>
            <th scope="row" className="h-9 border-t border-line font-medium">
              {t('tokens', { count: one.tokens })}
            </th>
            <td className="border-t border-line text-right">{money(one.price, 2)}</td>
            <td className="border-t border-line text-right text-muted">{money(one.unitPrice, 3)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What each kind of work costs in tokens. */
export function PriceList() {
  const t = useTranslations('tokens');
  return (
    <Card title={t('prices.title')} description={t('prices.description')}>
      <ul className="grid gap-x-8 text-sm sm:grid-cols-2">
        {TASK_TYPES.map((task) => (
          <li
            key={task}
            className="flex min-h-9 items-center justify-between gap-4 border-t border-line py-1"
          >
            <span>{t(`task.${task}`)}</span>
            <span className="text-right text-muted">
              <span className="font-medium text-ink tabular-nums">{TASK_PRICES[task].tokens}</span>{' '}
              {t(`unit.${task}`)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
