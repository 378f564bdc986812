'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import type { PackagesResponse } from '@/features/tokens/schema';
import { tokenKey } from '@/features/tokens/ui/use-token-balance';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import { BuyForm } from './buy-form';

interface BuyCardProps {
  organizationId: string;
  /** Only who may spend the organisation's money sees the button. */
  mayBuy: boolean;
}

/** Packages and amounts of one's own, and the way to the checkout. Where buying is not set up, it says how to. */
export function BuyCard({ organizationId, mayBuy }: BuyCardProps) {
  const t = useTranslations('billing.buy');
  const answer = useQuery({
    queryKey: tokenKey(organizationId, 'packages'),
    queryFn: () => api<PackagesResponse>('GET', '/api/tokens/packages'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const purchases = answer.data?.purchases;
  const tag =
    purchases === 'sandbox' ? (
      <SandboxTag />
    ) : (
      purchases === 'not_configured' && <StatusBadge tone="warn">{t('notConfigured')}</StatusBadge>
    );
  return (
    <Card
      title={t('title')}
      description={t('description')}
      actions={tag}
      footer={purchases && purchases !== 'enabled' && <p>{t(`${purchases}Body`)}</p>}
    >
      {answer.error ? (
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} compact />
      ) : answer.data ? (
        <BuyForm answer={answer.data} mayBuy={mayBuy} />
      ) : (
        <Skeleton className="h-72 w-full" />
      )}
    </Card>
  );
}
