import { getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { requireSession } from '@/server/session';
import { PageHeader } from '@/ui/page-header';
import { OrganizationNav } from './organization-nav';

export default async function OrganizationLayout({ children }: { children: ReactNode }) {
  const { organization } = await requireSession();
  const t = await getTranslations('organization');
  return (
    <>
      <PageHeader title={organization.name} description={t('description')} />
      <OrganizationNav />
      <div className="grid gap-5 pt-4">{children}</div>
    </>
  );
}
