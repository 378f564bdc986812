'use client';
import { useTranslations } from 'next-intl';
import { LowBalanceBanner } from '@/features/tokens/ui/low-balance-banner';
import { LinkButton } from '@/ui/link-button';
import { PageHeader } from '@/ui/page-header';
import { InvoicesCard } from './invoices-card';
import { PlanCard } from './plan-card';
import { PurchasesCard } from './purchases-card';

/** The organisation's plan, what it bought and what it was billed. */
export function BillingScreen({ organizationId }: { organizationId: string }) {
  const t = useTranslations('billing');
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={
          <LinkButton variant="primary" href="/tokens#packages">
            {t('buyTokens')}
          </LinkButton>
        }
      />
      <div className="grid min-w-0 gap-5">
        <LowBalanceBanner organizationId={organizationId} />
        <PlanCard organizationId={organizationId} />
        <PurchasesCard organizationId={organizationId} />
        <InvoicesCard organizationId={organizationId} />
      </div>
    </>
  );
}
