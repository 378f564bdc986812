'use client';

import { useTranslations } from 'next-intl';
import { BillingScreen } from '@/features/billing/ui/billing-screen';
import { EmptyState } from '@/ui/empty-state';
import { LinkButton } from '@/ui/link-button';
import { PageHeader } from '@/ui/page-header';
import { useShellSession } from '../shell/session';

/** Hands the session to the screen; who may not manage billing is told who may. */
export function Billing() {
  const t = useTranslations('billing');
  const { organization, permissions } = useShellSession();
  if (permissions.includes('billing.manage')) return <BillingScreen organizationId={organization.id} />;
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <EmptyState
        title={t('ownersOnly')}
        body={t('ownersOnlyBody')}
        action={<LinkButton href="/organization/members">{t('toMembers')}</LinkButton>}
      />
    </>
  );
}
