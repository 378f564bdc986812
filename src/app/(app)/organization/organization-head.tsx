'use client';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { cn } from '@/ui/cn';
import { PageHeader } from '@/ui/page-header';

const PAGES = [
  { id: 'members', permission: 'members.read' },
  { id: 'teams', permission: 'teams.read' },
  { id: 'api-keys', permission: 'apiKeys.manage' },
  { id: 'webhooks', permission: 'webhooks.manage' },
  { id: 'audit', permission: 'audit.read' },
  { id: 'settings', permission: 'organization.read' },
] as const;

/** The organisation's name, live, above its pages. */
export function OrganizationHead() {
  const t = useTranslations('organization');
  const { organization } = useSession();
  return (
    <>
      <PageHeader title={organization.name} description={t('description')} />
      <OrganizationNav />
    </>
  );
}

/** The pages that the person's role may open. */
function OrganizationNav() {
  const t = useTranslations('organization.nav');
  const pathname = usePathname();
  const { permissions } = useSession();
  return (
    <nav aria-label={t('label')} className="flex gap-1 overflow-x-auto border-b border-line">
      {PAGES.filter((page) => permissions.includes(page.permission)).map(({ id }) => {
        const href = `/organization/${id}`;
        const current = pathname === href;
        return (
          <Link
            key={id}
            href={href}
            aria-current={current ? 'page' : undefined}
            className={cn(
              '-mb-px flex h-9 items-center border-b-2 border-transparent px-2.5 text-base whitespace-nowrap text-muted outline-offset-[-3px] hover:text-ink pointer-coarse:h-11',
              current && 'border-iris font-medium text-ink',
            )}
          >
            {t(id)}
          </Link>
        );
      })}
    </nav>
  );
}
