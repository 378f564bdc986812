'use client';
import { useQuery } from '@tanstack/react-query';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { type Tier, tierSchema } from '@/features/organizations/schema';
import { allocationOf, TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { RadioGroup } from '@/ui/radio-group';
import { Select } from '@/ui/select';
import { toast } from '@/ui/toast';
import { leaveFor, useAttempt } from '@/ui/use-attempt';
import { CURRENCY_CODES, type Currency, priceIn } from '../currencies.data';
import type { SubscriptionAnswer, SubscriptionPreview } from '../schema';
import { PlanPreview } from './plan-preview';
import { billingKey, type Subscription, useBillingChanged } from './use-billing';
import { useMoney } from './use-money';
import type { Wire } from './wire';

interface PlanDialogProps {
  organizationId: string;
  plan: Subscription;
  onClose: () => void;
}

const MOST_SEATS = 1_000;

/** Choose a plan, see what it costs now and later, then agree. Nothing changes before that. */
export function PlanDialog({ organizationId, plan, onClose }: PlanDialogProps) {
  const t = useTranslations('billing.plan');
  const [tier, setTier] = useState<Tier>(plan.pending?.tier ?? plan.tier);
  const [seats, setSeats] = useState(String(plan.pending?.seats ?? plan.seats));
  const [currency, setCurrency] = useState(plan.currency);
  const running = plan.status !== 'none' && plan.status !== 'canceled';
  const count = TIER_DEFINITIONS[tier].perSeat ? Number(seats) : 1;
  const valid = Number.isInteger(count) && count >= 1 && count <= MOST_SEATS;
  const body = { tier, seats: count, ...(running ? {} : { currency }) };
  const preview = usePreview(organizationId, body, valid);
  const { busy, error, agree } = useAgreement(organizationId, onClose);
  const change = preview.data?.change;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('change')}
      description={t('changeBody')}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            variant={change === 'cancel' ? 'danger' : 'primary'}
            loading={busy}
            disabled={!valid || !change || change === 'none' || preview.isFetching}
            onClick={() => agree(body)}
          >
            {t(`agree.${change ?? 'none'}`)}
          </Button>
        </>
      }
    >
      <div className="grid gap-5">
        <TierChoice tier={tier} onTier={setTier} plan={plan} currency={currency} />
        {TIER_DEFINITIONS[tier].perSeat && (
          <Field label={t('seats')} error={valid ? undefined : t('seatsWrong', { max: MOST_SEATS })}>
            <Input
              type="number"
              inputMode="numeric"
              min={1}
              max={MOST_SEATS}
              value={seats}
              onChange={(event) => setSeats(event.target.value)}
            />
          </Field>
        )}
        {!running && tier !== 'free' && (
          <Field label={t('currency')} className="w-28">
            <Select
              options={CURRENCY_CODES.map((code) => ({ value: code, label: code.toUpperCase() }))}
              value={currency}
              onValueChange={(code) => setCurrency(code as Currency)}
            />
          </Field>
        )}
        <PlanPreview
          preview={preview.data}
          loading={preview.isFetching}
          error={preview.error}
          onRetry={() => void preview.refetch()}
        />
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Dialog>
  );
}

interface Body {
  tier: Tier;
  seats: number;
  currency?: Currency;
}

function usePreview(organizationId: string, body: Body, enabled: boolean) {
  return useQuery({
    queryKey: billingKey(organizationId, 'preview', body),
    queryFn: () =>
      api<Wire<SubscriptionPreview>>('POST', '/api/billing/subscription', { query: { preview: true }, body }),
    enabled,
    retry: false,
    // Proration counts by the second; what is shown must be fresh.
    staleTime: 0,
    gcTime: 0,
  });
}

/** Makes the change; the answer says whether it is done, waits, or goes on at the payment provider. */
function useAgreement(organizationId: string, onClose: () => void) {
  const t = useTranslations('billing.plan');
  const format = useFormatter();
  const changed = useBillingChanged(organizationId);
  const { busy, error, attempt } = useAttempt();
  const agree = (body: Body) =>
    attempt(async () => {
      const answer = await api<Wire<SubscriptionAnswer>>('POST', '/api/billing/subscription', { body });
      if (answer.outcome === 'checkout') return leaveFor(answer.url);
      changed();
      if (answer.outcome === 'changed') toast.success(t('changed', { count: answer.tokensNow }));
      if (answer.outcome === 'scheduled') {
        const date = format.dateTime(new Date(answer.effectiveAt), { dateStyle: 'long' });
        toast.success(t('scheduled', { date }));
      }
      onClose();
    });
  return { busy, error, agree: (body: Body) => void agree(body) };
}

interface TierChoiceProps {
  tier: Tier;
  onTier: (tier: Tier) => void;
  plan: Subscription;
  currency: Currency;
}

function TierChoice({ tier, onTier, plan, currency }: TierChoiceProps) {
  const t = useTranslations('billing.plan');
  const money = useMoney();
  return (
    <RadioGroup
      label={t('choose')}
      value={tier}
      onValueChange={onTier}
      options={tierSchema.options.map((value) => {
        const { name, monthlyPrice, perSeat, limits } = TIER_DEFINITIONS[value];
        const price = money(priceIn(currency, monthlyPrice), currency);
        return {
          value,
          label: t(plan.tier === value ? 'optionCurrent' : 'option', {
            plan: name,
            price,
            per: perSeat ? 'seat' : 'all',
          }),
          description: t('optionBody', {
            tokens: allocationOf(value, 1),
            channels: limits.channels ?? 0,
            members: limits.members ?? 0,
          }),
        };
      })}
    />
  );
}
