'use client';

import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { currentItem, NAV } from './nav';

/** Where you are: the section; pages name what lies below it in their own heading. */
export function Breadcrumb() {
  const t = useTranslations('shell');
  const item = currentItem(NAV, usePathname());
  if (!item) return <div className="min-w-0 flex-1" />;
  return (
    <nav aria-label={t('breadcrumb')} className="flex min-w-0 flex-1 items-center text-sm text-muted">
      <span aria-current="page" className="truncate font-medium text-ink">
        {t(`nav.${item.id}`)}
      </span>
    </nav>
  );
}
