'use client';

import { Building2, Check, ChevronsUpDown, Coins } from 'lucide-react';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import { cn } from '@/ui/cn';
import { LiveValue } from '@/ui/live-value';
import { Menu } from '@/ui/menu';
import { useShellSession } from './session';

export type TokenMeterProps = {
  /** What can be spent now. */
  available: number;
  /** Included and purchased tokens of this period; the length of the bar. */
  total: number;
  /** When the included tokens are renewed. */
  nextRefresh?: Date | undefined;
  collapsed?: boolean | undefined;
};

const LOW = 0.2;

/** What is left of the tokens, live. Opens the ledger. */
export function TokenMeter({ available, total, nextRefresh, collapsed = false }: TokenMeterProps) {
  const t = useTranslations('shell.tokens');
  const format = useFormatter();
  const share = total > 0 ? Math.min(1, Math.max(0, available / total)) : 0;
  const low = share <= LOW;
  return (
    <Link
      href="/tokens"
      className={cn('grid gap-1.5 rounded-md px-2.5 py-2 text-sm hover:bg-ink/5', collapsed && 'px-2')}
    >
      {collapsed ? (
        <>
          <Coins size={16} aria-hidden="true" className={low ? 'text-warn' : 'text-muted'} />
          <span className="sr-only">{t('title')}</span>
        </>
      ) : (
        <>
          <span className="flex items-baseline justify-between gap-2">
            <span className="text-muted">{t('title')}</span>
            <span className="font-medium tabular-nums">
              <LiveValue value={available}>{format.number(available)}</LiveValue>
            </span>
          </span>
          <span aria-hidden="true" className="h-1 overflow-hidden rounded-full bg-ink/10">
            <span
              className={cn('block h-full origin-left rounded-full', low ? 'bg-warn' : 'bg-iris')}
              style={{ transform: `scaleX(${share})` }}
            />
          </span>
          <span className="sr-only">{t('of', { total: format.number(total) })}</span>
          {nextRefresh && (
            <span className="text-xs text-muted">
              {t('renews', { date: format.dateTime(nextRefresh, { day: 'numeric', month: 'short' }) })}
            </span>
          )}
        </>
      )}
    </Link>
  );
}

/** The organisation you act in, and the way to another. */
export function OrganizationSwitcher({ collapsed = false }: { collapsed?: boolean }) {
  const t = useTranslations('shell');
  const { organization, organizations, switchOrganization } = useShellSession();
  return (
    <Menu
      side="top"
      trigger={
        <button
          type="button"
          className={cn(
            'flex h-10 w-full items-center gap-2.5 rounded-md px-2.5 text-left hover:bg-ink/5',
            collapsed && 'size-9 justify-center px-0',
          )}
        >
          <Building2 size={16} aria-hidden="true" className="text-muted" />
          <span className="sr-only">{t('organization')}</span>
          {collapsed ? (
            <span className="sr-only">{organization.name}</span>
          ) : (
            <>
              <span className="grid min-w-0 flex-1 leading-4">
                <span className="truncate text-sm font-medium">{organization.name}</span>
                <span className="truncate text-xs text-muted">{t(`role.${organization.role}`)}</span>
              </span>
              <ChevronsUpDown size={16} aria-hidden="true" className="text-muted" />
            </>
          )}
        </button>
      }
      items={[
        { heading: t('switchOrganization') },
        ...organizations.map(({ id, name }) => ({
          label: name,
          icon: id === organization.id ? Check : Building2,
          onSelect: () => {
            if (id !== organization.id) switchOrganization(id);
          },
        })),
        'separator',
        { label: t('nav.organization'), href: '/organization/members' },
      ]}
    />
  );
}
