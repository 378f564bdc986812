'use client';

import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { cn } from '@/ui/cn';
import { IconButton } from '@/ui/icon-button';
import { Tooltip } from '@/ui/tooltip';
import { allowedNav, currentItem, type NavItem, rootOf } from './nav';
import { useShellSession } from './session';

type NavLinkProps = { item: NavItem; label: string; active: boolean; collapsed: boolean };

function NavLink({ item, label, active, collapsed }: NavLinkProps) {
  const Icon = item.icon;
  const link = (
    <Link
      href={item.href}
      aria-current={active ? 'page' : undefined}
      className={cn(
        'relative flex h-8 items-center gap-2.5 rounded-md px-2.5 text-base text-muted transition-colors hover:bg-ink/5 hover:text-ink',
        active &&
          'bg-iris-tint font-medium text-iris-text before:absolute before:top-1.5 before:bottom-1.5 before:-left-2 before:w-0.5 before:rounded-full before:bg-iris hover:bg-iris-tint hover:text-iris-text',
        item.id === 'create' && !active && 'text-ink',
      )}
    >
      <Icon size={16} aria-hidden="true" />
      <span className={cn('truncate', collapsed && 'sr-only')}>{label}</span>
    </Link>
  );
  if (!collapsed) return link;
  return (
    <Tooltip content={label} side="right" shortcut={item.shortcut} describes={false}>
      {link}
    </Tooltip>
  );
}

type SidebarProps = {
  logo: ReactNode;
  mark: ReactNode;
  collapsed: boolean;
  /** Nobody chose: tablets get icons from the first paint on. */
  byWidth: boolean;
  onToggle: () => void;
  /** Tokens meter and organisation switcher. */
  footer: ReactNode;
};

/** The way around: 232 px wide, or icons only. Phones have the bottom bar instead. */
export function Sidebar({ logo, mark, collapsed, byWidth, onToggle, footer }: SidebarProps) {
  const t = useTranslations('shell');
  const { permissions } = useShellSession();
  const items = allowedNav(permissions);
  const active = rootOf(currentItem(items, usePathname()));
  const list = (group: NavItem['group']) => (
    <ul className="grid gap-0.5">
      {items
        .filter((item) => item.group === group && !item.within)
        .map((item) => (
          <li key={item.id}>
            <NavLink
              item={item}
              label={t(`nav.${item.id}`)}
              active={item.id === active}
              collapsed={collapsed}
            />
          </li>
        ))}
    </ul>
  );
  return (
    <aside
      aria-label={t('sidebar')}
      className={cn(
        'sticky top-0 hidden h-dvh shrink-0 flex-col border-r border-line bg-background md:flex',
        collapsed ? 'w-13' : 'w-58',
        byWidth && 'overflow-hidden max-lg:w-13',
      )}
    >
      <div
        className={cn(
          'flex h-12 shrink-0 items-center px-3.5',
          collapsed ? 'justify-center' : 'justify-between',
        )}
      >
        <Link href="/dashboard" aria-label={t('home')} className="rounded-md">
          {collapsed ? mark : logo}
        </Link>
        {!collapsed && (
          <IconButton
            label={t('collapse')}
            icon={<PanelLeftClose aria-hidden="true" />}
            size="sm"
            shortcut="["
            side="right"
            onClick={onToggle}
            className="-mr-1 text-muted"
          />
        )}
      </div>
      <nav
        aria-label={t('mainNavigation')}
        className="grid min-h-0 flex-1 content-start gap-5 overflow-y-auto px-2 py-2"
      >
        {list('work')}
        <div>
          <h2 className={cn('mb-1 px-2.5 text-xs text-muted', collapsed && 'sr-only')}>{t('manage')}</h2>
          {list('manage')}
        </div>
      </nav>
      <div
        className={cn('grid shrink-0 gap-2 border-t border-line p-2', collapsed && 'justify-items-center')}
      >
        {collapsed && (
          <IconButton
            label={t('expand')}
            icon={<PanelLeftOpen aria-hidden="true" />}
            shortcut="["
            side="right"
            onClick={onToggle}
            className="text-muted"
          />
        )}
        {footer}
      </div>
    </aside>
  );
}
