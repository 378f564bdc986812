'use client';

import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { PageHeader } from '@/ui/page-header';
import { PageNav } from '@/ui/page-nav';

const PAGES = [
  { id: 'usage', permission: 'ai.read' },
  { id: 'voices', permission: 'ai.read' },
  { id: 'prompts', permission: 'ai.read' },
  { id: 'providers', permission: 'ai.read' },
  { id: 'settings', permission: 'ai.manage' },
] as const;

/** The AI pages a role may open. */
export function AiHead() {
  const t = useTranslations('ai');
  const { permissions } = useSession();
  const pages = PAGES.filter((page) => permissions.includes(page.permission)).map(({ id }) => ({
    href: `/ai/${id}`,
    label: t(`nav.${id}`),
  }));
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <PageNav label={t('nav.label')} pages={pages} />
    </>
  );
}
