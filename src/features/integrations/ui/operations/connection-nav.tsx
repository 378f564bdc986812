'use client';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { PageNav } from '@/ui/page-nav';

/** A connection's pages; `permission` where not everybody may open one. */
const PAGES = [
  { id: 'overview', path: '' },
  { id: 'webhooks', path: '/webhooks', permission: 'webhooks.manage' },
  { id: 'limits', path: '/limits' },
  { id: 'credential', path: '/credential', permission: 'integrations.manage' },
] as const;

export function ConnectionNav({ id }: { id: string }) {
  const t = useTranslations('operations.nav');
  const { permissions } = useSession();
  const pages = PAGES.filter((page) => !('permission' in page) || permissions.includes(page.permission));
  return (
    <PageNav
      label={t('label')}
      pages={pages.map((page) => ({ href: `/integrations/${id}${page.path}`, label: t(page.id) }))}
    />
  );
}
