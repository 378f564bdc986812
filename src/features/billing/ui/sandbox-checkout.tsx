'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { Skeleton } from '@/ui/skeleton';
import { leaveFor, useAttempts } from '@/ui/use-attempt';
import type { SandboxCheckoutView, SandboxOutcome } from '../schema';
import { useMoney } from './use-money';
import type { Wire } from './wire';

interface SandboxAnswer {
  status: SandboxCheckoutView['status'];
  url: string | null;
}

/** Stands in for the payment provider's page: three buttons for the three things that happen to payments. */
export function SandboxCheckout({ id }: { id: string }) {
  const t = useTranslations('billing.sandbox');
  const checkout = useQuery({
    queryKey: ['sandbox-checkout', id],
    queryFn: () => api<Wire<SandboxCheckoutView>>('GET', `/api/sandbox-checkout/${id}`),
    retry: false,
  });
  if (checkout.error) {
    const home = <LinkButton href="/tokens">{t('back')}</LinkButton>;
    return (
      <div className="grid gap-5">
        <h1 className="font-display text-xl font-semibold">{t('title')}</h1>
        <ErrorState error={checkout.error} action={home} />
      </div>
    );
  }
  if (!checkout.data) return <Skeleton className="h-56 w-full" />;
  return <Choices checkout={checkout.data} />;
}

function Choices({ checkout }: { checkout: Wire<SandboxCheckoutView> }) {
  const t = useTranslations('billing.sandbox');
  const money = useMoney();
  const { busy, error, attempt } = useAttempts<SandboxOutcome>();
  const [status, setStatus] = useState(checkout.status);
  const settle = (outcome: SandboxOutcome) =>
    attempt(outcome, async () => {
      const answer = await api<SandboxAnswer>('POST', `/api/sandbox-checkout/${checkout.id}`, {
        body: { outcome },
      });
      setStatus(answer.status);
      if (answer.url) await leaveFor(answer.url);
    });
  const over = status === 'paid' || status === 'abandoned';
  const button = (outcome: SandboxOutcome, variant: 'primary' | 'secondary' | 'ghost') => (
    <Button
      variant={variant}
      loading={busy === outcome}
      disabled={busy !== null && busy !== outcome}
      onClick={() => void settle(outcome)}
    >
      {t(outcome, { price: money(checkout.amount, checkout.currency) })}
    </Button>
  );
  return (
    <div className="grid gap-5">
      <div className="grid gap-1">
        <h1 className="font-display text-xl font-semibold">{t('title')}</h1>
        <p className="text-sm text-muted">{t('body')}</p>
      </div>
      <dl className="flex items-baseline justify-between gap-4 border-y border-line py-3">
        <dt className="text-base">{checkout.title}</dt>
        <dd className="text-lg font-semibold tabular-nums">{money(checkout.amount, checkout.currency)}</dd>
      </dl>
      {status === 'declined' && (
        <p role="alert" className="rounded-lg border border-danger/40 bg-danger-tint p-3 text-sm">
          {t('declined')}
        </p>
      )}
      {error !== null && <ErrorState error={error} compact />}
      {over && busy === null ? (
        <div className="grid justify-items-start gap-3">
          <p className="text-sm">{t('over')}</p>
          <LinkButton href="/tokens">{t('back')}</LinkButton>
        </div>
      ) : (
        <div className="grid gap-2">
          {button('pay', 'primary')}
          {button('decline', 'secondary')}
          {button('abandon', 'ghost')}
        </div>
      )}
    </div>
  );
}
