'use client';

import { TriangleAlert } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { cn } from '@/ui/cn';
import { LinkButton } from '@/ui/link-button';
import { useTokenBalance } from './use-token-balance';

type LowBalanceBannerProps = {
  organizationId: string;
  /** Tokens the work at hand needs; the banner also shows when they are missing. */
  needed?: number | undefined;
  className?: string | undefined;
};

/** Shown from the last fifth of the period's tokens on. Put it where tokens are spent. */
export const LOW_SHARE = 0.2;

/** Says that tokens are running out, or not enough for the work at hand, with the way to more. Nothing while there is plenty. */
export function LowBalanceBanner({ organizationId, needed = 0, className }: LowBalanceBannerProps) {
  const t = useTranslations('tokens.low');
  const format = useFormatter();
  const { permissions } = useSession();
  const { balance } = useTokenBalance(organizationId);
  if (!balance) return null;
  const total = balance.included + balance.purchased;
  const short = balance.available < needed;
  const empty = balance.available === 0;
  if (!short && !empty && balance.available > total * LOW_SHARE) return null;
  const date = format.dateTime(balance.nextRefreshDate, { day: 'numeric', month: 'long' });
  const waiting = balance.held > 0 && balance.available + balance.held >= Math.max(1, needed);
  return (
    <div
      role="status"
      className={cn(
        'flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border px-4 py-2.5 text-sm',
        short || empty ? 'border-danger/40 bg-danger-tint' : 'border-warn/40 bg-warn-tint',
        className,
      )}
    >
      <TriangleAlert size={16} aria-hidden="true" className={short || empty ? 'text-danger' : 'text-warn'} />
      <p className="min-w-0 flex-1">
        <strong className="font-semibold">
          {short && needed > 0
            ? t('short', { needed, available: balance.available })
            : empty
              ? t('empty')
              : t('running', { count: balance.available })}
        </strong>{' '}
        {waiting ? t('waiting', { held: balance.held }) : t('renews', { date })}
      </p>
      <LinkButton href="/tokens#packages" size="sm">
        {t(permissions.includes('billing.manage') ? 'buy' : 'action')}
      </LinkButton>
    </div>
  );
}
