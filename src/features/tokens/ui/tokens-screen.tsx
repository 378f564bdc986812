'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { parseAsNumberLiteral, useQueryState } from 'nuqs';
import type { ReactNode } from 'react';
import { api } from '@/client/api';
import { PageHeader } from '@/ui/page-header';
import type { UsageResponse } from '../schema';
import { BalanceCard } from './balance-card';
import { HistorySection } from './history-section';
import { LowBalanceBanner } from './low-balance-banner';
import { PriceList } from './price-list';
import { RANGES, UsageCard } from './usage-card';
import { tokenKey, useTokenBalance } from './use-token-balance';

export type TokensScreenProps = {
  organizationId: string;
  userId: string;
  permissions: readonly string[];
  /** What came of a checkout, after one. */
  notice: ReactNode;
  /** Packages and the way to the checkout. */
  buy: ReactNode;
  /** Limits of a month, for those who set them. */
  budgets: ReactNode;
};

/** Balance, use, ledger and prices of the organisation's tokens. */
export function TokensScreen({
  organizationId,
  userId,
  permissions,
  notice,
  buy,
  budgets,
}: TokensScreenProps) {
  const t = useTranslations('tokens');
  const seesAll = permissions.includes('audit.read');
  const [range, setRange] = useQueryState('days', parseAsNumberLiteral(RANGES).withDefault(30));
  const balance = useTokenBalance(organizationId);
  const usage = useQuery({
    queryKey: tokenKey(organizationId, 'usage', range),
    queryFn: () => api<UsageResponse>('GET', '/api/tokens/usage', { query: { days: range } }),
    placeholderData: (before) => before,
  });
  const members = useMembers(organizationId);
  const names = new Map(members.map(({ id, name }) => [id, name]));
  const memberName = (id: string) => names.get(id) ?? (id === userId ? t('you') : t('formerMember'));
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <div className="grid min-w-0 gap-5">
        {notice}
        <LowBalanceBanner organizationId={organizationId} />
        <BalanceCard {...balance} burnPerDay={usage.data?.burnPerDay} />
        <UsageCard
          usage={usage.data}
          error={usage.error}
          onRetry={() => void usage.refetch()}
          range={range}
          onRangeChange={(days) => void setRange(days)}
          memberName={memberName}
        />
        <div id="packages" className="grid scroll-mt-16 gap-5 lg:grid-cols-2">
          {buy}
          <PriceList />
        </div>
        {budgets}
        <HistorySection
          organizationId={organizationId}
          members={seesAll ? members : null}
          memberName={memberName}
        />
      </div>
    </>
  );
}

interface MemberRow {
  userId: string;
  displayName: string;
}

/** Names for ids. Without them the screen still works, so a failure here is not shown. */
function useMembers(organizationId: string): { id: string; name: string }[] {
  const answer = useQuery({
    queryKey: ['members', organizationId],
    queryFn: () =>
      api<{ items: MemberRow[] }>('GET', `/api/organizations/${organizationId}/members`, {
        query: { limit: 100 },
      }),
    staleTime: 60_000,
  });
  return (answer.data?.items ?? []).map((one) => ({ id: one.userId, name: one.displayName }));
}
