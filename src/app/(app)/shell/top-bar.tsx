'use client';

import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Kbd } from '@/ui/kbd';
import { Breadcrumb } from './crumbs';
import { LiveConnection } from './live-connection';
import { UserMenu } from './user-menu';

type TopBarProps = {
  onSearch: () => void;
  onShortcuts: () => void;
  notifications: ReactNode;
  mark: ReactNode;
};

/** Where you are, search, notifications, and whether what you see is live. */
export function TopBar({ onSearch, onShortcuts, notifications, mark }: TopBarProps) {
  const t = useTranslations('shell');
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-b border-line bg-background px-3 md:px-5">
      <span className="md:hidden">{mark}</span>
      <Breadcrumb />
      <button
        type="button"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={onSearch}
        className="inline-flex h-8 items-center gap-2 rounded-md border border-line bg-surface px-2 text-sm text-muted transition-colors hover:border-edge hover:text-ink pointer-coarse:h-10 md:w-56"
      >
        <Search size={16} aria-hidden="true" />
        <span className="sr-only md:not-sr-only">{t('search')}</span>
        <span aria-hidden="true" className="ml-auto hidden md:inline">
          <Kbd>Ctrl K</Kbd>
        </span>
      </button>
      <LiveConnection />
      {notifications}
      <UserMenu onShortcuts={onShortcuts} />
    </header>
  );
}
