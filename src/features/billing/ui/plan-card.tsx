'use client';
import { ExternalLink } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { api } from '@/client/api';
import { TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { LiveValue } from '@/ui/live-value';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import { leaveFor, useAttempt } from '@/ui/use-attempt';
import { PlanDialog } from './plan-dialog';
import { type Subscription, useSubscription } from './use-billing';
import { useMoney } from './use-money';

const TONES = {
  none: 'neutral',
  active: 'ok',
  trialing: 'info',
  past_due: 'danger',
  canceled: 'warn',
} as const;

/** The plan in force: what it gives, what it costs, what waits; and the way to another. */
export function PlanCard({ organizationId }: { organizationId: string }) {
  const t = useTranslations('billing.plan');
  const answer = useSubscription(organizationId);
  const [choosing, setChoosing] = useState(false);
  if (answer.error) return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Skeleton className="h-56 w-full" />;
  const plan = answer.data;
  const off = plan.billing === 'not_configured';
  return (
    <Card
      title={t('title')}
      description={t('description')}
      actions={
        off ? (
          <StatusBadge tone="warn">{t('notConfigured')}</StatusBadge>
        ) : (
          <>
            {plan.status !== 'none' && <PortalButton />}
            <Button variant="primary" onClick={() => setChoosing(true)}>
              {t('change')}
            </Button>
          </>
        )
      }
      footer={off && <p>{t('notConfiguredBody')}</p>}
    >
      <div className="grid gap-4">
        <Unpaid plan={plan} />
        <Figures plan={plan} />
        <Pending plan={plan} />
      </div>
      {choosing && (
        <PlanDialog organizationId={organizationId} plan={plan} onClose={() => setChoosing(false)} />
      )}
    </Card>
  );
}

function Figures({ plan }: { plan: Subscription }) {
  const t = useTranslations('billing.plan');
  const format = useFormatter();
  const money = useMoney();
  const day = (at: string) => format.dateTime(new Date(at), { dateStyle: 'medium' });
  const { name, perSeat } = TIER_DEFINITIONS[plan.tier];
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 lg:grid-cols-5">
      <Figure label={t('current')}>
        <LiveValue value={plan.tier}>{name}</LiveValue>{' '}
        {plan.status !== 'none' && (
          <StatusBadge tone={TONES[plan.status]}>{t(`status.${plan.status}`)}</StatusBadge>
        )}
      </Figure>
      {perSeat && <Figure label={t('seats')}>{format.number(plan.seats)}</Figure>}
      <Figure label={t('price')}>{money(plan.monthlyPrice, plan.currency)}</Figure>
      <Figure label={t('tokens')}>{format.number(plan.tokensPerPeriod)}</Figure>
      <Figure label={t('periodEnd')}>{day(plan.periodEnd)}</Figure>
      {plan.renewsAt && <Figure label={t('renewsAt')}>{day(plan.renewsAt)}</Figure>}
    </dl>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="text-lg font-medium tabular-nums">{children}</dd>
    </div>
  );
}

function Pending({ plan }: { plan: Subscription }) {
  const t = useTranslations('billing.plan');
  const format = useFormatter();
  if (!plan.pending) return null;
  const { tier, seats, effectiveAt } = plan.pending;
  const date = format.dateTime(new Date(effectiveAt), { dateStyle: 'long' });
  return (
    <p role="status" className="rounded-lg border border-line bg-sunken px-4 py-2.5 text-sm">
      {tier === 'free'
        ? t('pendingEnd', { date })
        : t(TIER_DEFINITIONS[tier].perSeat ? 'pendingSeats' : 'pending', {
            plan: TIER_DEFINITIONS[tier].name,
            seats,
            date,
          })}
    </p>
  );
}

function Unpaid({ plan }: { plan: Subscription }) {
  const t = useTranslations('billing.plan');
  const money = useMoney();
  const invoice = plan.unpaidInvoice;
  if (!invoice) return null;
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-danger/40 bg-danger-tint px-4 py-2.5 text-sm"
    >
      <p className="min-w-0 flex-1">{t('unpaid', { price: money(invoice.amount, plan.currency) })}</p>
      {invoice.hostedUrl && (
        <a className="font-medium text-iris-text underline" href={invoice.hostedUrl} rel="noreferrer">
          {t('payNow')}
        </a>
      )}
    </div>
  );
}

/** Payment method, addresses and tax ids live with the provider. */
function PortalButton() {
  const t = useTranslations('billing.plan');
  const { busy, error, attempt } = useAttempt();
  const open = () =>
    attempt(async () => {
      const { url } = await api<{ url: string }>('POST', '/api/billing/portal');
      await leaveFor(url);
    });
  return (
    <>
      {error !== null && <ErrorState error={error} compact />}
      <Button icon={ExternalLink} loading={busy} onClick={() => void open()}>
        {t('portal')}
      </Button>
    </>
  );
}
