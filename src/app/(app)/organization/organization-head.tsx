'use client';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { PageHeader } from '@/ui/page-header';
import { PageNav } from '@/ui/page-nav';

const PAGES = [
  { id: 'members', permission: 'members.read' },
  { id: 'teams', permission: 'teams.read' },
  { id: 'api-keys', permission: 'apiKeys.manage' },
  { id: 'webhooks', permission: 'webhooks.manage' },
  { id: 'dead-letters', permission: 'integrations.manage' },
  { id: 'notifications', permission: 'integrations.manage' },
  { id: 'audit', permission: 'audit.read' },
  { id: 'settings', permission: 'organization.read' },
] as const;

/** The organisation's name, live, above the pages that the person's role may open. */
export function OrganizationHead() {
  const t = useTranslations('organization');
  const { organization, permissions } = useSession();
  const pages = PAGES.filter((page) => permissions.includes(page.permission)).map(({ id }) => ({
    href: `/organization/${id}`,
    label: t(`nav.${id}`),
  }));
  return (
    <>
      <PageHeader title={organization.name} description={t('description')} />
      <PageNav label={t('nav.label')} pages={pages} />
    </>
  );
}
