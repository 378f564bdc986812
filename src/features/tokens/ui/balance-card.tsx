'use client';

import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { LiveValue } from '@/ui/live-value';
import { Skeleton } from '@/ui/skeleton';
import type { BalanceResponse } from '../schema';
import { daysLeft } from '../views';
import type { TokenBalanceState } from './use-token-balance';

type BalanceCardProps = TokenBalanceState & {
  /** Tokens a day at present; undefined while it is not known. */
  burnPerDay: number | undefined;
};

/** What can be spent, what it is made of, and how long it lasts. Live. */
export function BalanceCard({ balance, error, retry, burnPerDay }: BalanceCardProps) {
  const t = useTranslations('tokens.balance');
  if (error) return <ErrorState error={error} onRetry={retry} />;
  if (!balance) return <BalanceSkeleton label={t('loading')} />;
  return (
    <Card
      title={t('title')}
      actions={<Badge tone="iris">{t(`tier.${balance.tier}`)}</Badge>}
      description={t(balance.pooled ? 'pooled' : 'own')}
    >
      <Available balance={balance} />
      <Composition balance={balance} />
      <Figures balance={balance} burnPerDay={burnPerDay} />
    </Card>
  );
}

function Available({ balance }: { balance: BalanceResponse }) {
  const t = useTranslations('tokens.balance');
  const format = useFormatter();
  return (
    <p className="flex flex-wrap items-baseline gap-x-2">
      <span className="font-display text-3xl font-semibold tracking-tight tabular-nums">
        <LiveValue value={balance.available}>{format.number(balance.available)}</LiveValue>
      </span>
      <span className="text-base text-muted">{t('available', { count: balance.available })}</span>
    </p>
  );
}

/** One bar: used, reserved, free. Decoration beside the figures that say the same. */
function Composition({ balance }: { balance: BalanceResponse }) {
  const total = balance.used + balance.includedLeft + balance.purchased;
  const share = (part: number) => `${total > 0 ? (100 * part) / total : 0}%`;
  const held = Math.min(balance.held, balance.includedLeft + balance.purchased);
  return (
    <div aria-hidden="true" className="mt-3 flex h-2 overflow-hidden rounded-full bg-ink/10">
      <span className="bg-iris" style={{ width: share(balance.includedLeft + balance.purchased - held) }} />
      <span className="bg-coral" style={{ width: share(held) }} />
    </div>
  );
}

function Figures({ balance, burnPerDay }: { balance: BalanceResponse; burnPerDay: number | undefined }) {
  const t = useTranslations('tokens.balance');
  const format = useFormatter();
  const days = burnPerDay === undefined ? undefined : daysLeft(balance.available, burnPerDay);
  return (
    <dl className="mt-4 grid grid-cols-2 gap-x-6 gap-y-3 text-sm sm:grid-cols-3 xl:grid-cols-6">
      <Figure label={t('included')} note={t('includedNote', { total: format.number(balance.included) })}>
        <LiveValue value={balance.includedLeft}>{format.number(balance.includedLeft)}</LiveValue>
      </Figure>
      <Figure label={t('purchased')} note={t('purchasedNote')}>
        <LiveValue value={balance.purchased}>{format.number(balance.purchased)}</LiveValue>
      </Figure>
      <Figure label={t('held')} note={t('heldNote')}>
        <LiveValue value={balance.held}>{format.number(balance.held)}</LiveValue>
      </Figure>
      {balance.debt > 0 && (
        <Figure label={t('debt')} note={t('debtNote')}>
          <LiveValue value={balance.debt}>{format.number(balance.debt)}</LiveValue>
        </Figure>
      )}
      <Figure label={t('used')} note={t('usedNote')}>
        <LiveValue value={balance.used}>{format.number(balance.used)}</LiveValue>
      </Figure>
      <Figure label={t('refresh')} note={format.relativeTime(balance.nextRefreshDate)}>
        {format.dateTime(balance.nextRefreshDate, { dateStyle: 'medium' })}
      </Figure>
      <Figure
        label={t('lasts')}
        note={
          burnPerDay
            ? t('burn', { perDay: format.number(burnPerDay, { maximumFractionDigits: 1 }) })
            : undefined
        }
      >
        {days === undefined ? (
          <Skeleton className="h-4 w-12" />
        ) : days === null ? (
          t('noBurn')
        ) : (
          t('days', { count: days })
        )}
      </Figure>
    </dl>
  );
}

function Figure({ label, note, children }: { label: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{label}</dt>
      <dd className="text-lg font-medium tabular-nums">{children}</dd>
      {note && <dd className="text-xs text-muted">{note}</dd>}
    </div>
  );
}

function BalanceSkeleton({ label }: { label: string }) {
  return (
    <Card>
      <div role="status" aria-label={label} className="grid gap-4">
        <Skeleton className="h-10 w-32" />
        <Skeleton className="h-2 w-full" />
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-3 xl:grid-cols-6">
          {['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
            <Skeleton key={key} className="h-14" />
          ))}
        </div>
      </div>
    </Card>
  );
}
