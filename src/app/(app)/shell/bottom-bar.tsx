'use client';

import { Ellipsis } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { cn } from '@/ui/cn';
import { Sheet } from '@/ui/sheet';
import { allowedNav, currentItem, rootOf } from './nav';
import { useShellSession } from './session';

const entry =
  'flex h-14 w-full flex-col items-center justify-center gap-0.5 text-xs text-muted outline-offset-[-3px]';

/** The five entries of a phone: four sections, and everything else under "More". */
export function BottomBar({ footer }: { footer: ReactNode }) {
  const t = useTranslations('shell');
  const [more, setMore] = useState(false);
  const { permissions } = useShellSession();
  const items = allowedNav(permissions);
  const pathname = usePathname();
  const active = rootOf(currentItem(items, pathname));
  const shown = items.filter((item) => item.phone).slice(0, 4);
  const rest = items.filter((item) => !shown.includes(item) && !item.within);
  return (
    <nav
      aria-label={t('mainNavigation')}
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="grid grid-cols-5">
        {shown.map((item) => (
          <li key={item.id}>
            <Link
              href={item.href}
              aria-current={item.id === active ? 'page' : undefined}
              className={cn(entry, item.id === active && 'font-medium text-iris-text')}
            >
              <item.icon size={20} aria-hidden="true" />
              {t(`nav.${item.id}`)}
            </Link>
          </li>
        ))}
        <li>
          <button
            type="button"
            aria-haspopup="dialog"
            aria-expanded={more}
            onClick={() => setMore(true)}
            className={cn(entry, rest.some((item) => item.id === active) && 'font-medium text-iris-text')}
          >
            <Ellipsis size={20} aria-hidden="true" />
            {t('more')}
          </button>
        </li>
      </ul>
      <Sheet open={more} onOpenChange={setMore} title={t('more')} side="bottom">
        <ul className="mb-4 grid gap-1">
          {rest.map((item) => (
            <li key={item.id}>
              <Link
                href={item.href}
                onClick={() => setMore(false)}
                aria-current={item.id === active ? 'page' : undefined}
                className="flex h-11 items-center gap-3 rounded-md px-2 text-lg aria-[current=page]:text-iris-text"
              >
                <item.icon size={20} aria-hidden="true" />
                {t(`nav.${item.id}`)}
              </Link>
            </li>
          ))}
        </ul>
        <div className="grid gap-2 border-t border-line pt-4">{footer}</div>
      </Sheet>
    </nav>
  );
}
