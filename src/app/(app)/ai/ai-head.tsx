'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import { useSession } from '@/client/session';
import { cn } from '@/ui/cn';
import { PageHeader } from '@/ui/page-header';

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
  const pathname = usePathname();
  const { permissions } = useSession();
  const row = useRef<HTMLElement>(null);
  // On a phone the row scrolls; the page one is on must not hide at its end.
  useEffect(() => {
    const current = row.current?.querySelector(`a[href="${pathname}"]`);
    current?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [pathname]);
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <nav ref={row} aria-label={t('nav.label')} className="flex gap-1 overflow-x-auto border-b border-line">
        {PAGES.filter((page) => permissions.includes(page.permission)).map(({ id }) => {
          const href = `/ai/${id}`;
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
              {t(`nav.${id}`)}
            </Link>
          );
        })}
      </nav>
    </>
  );
}
