'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, CircleX, Hourglass } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import type { ReactNode } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { cn } from '@/ui/cn';
import { ErrorState } from '@/ui/error-state';
import type { IconProp } from '@/ui/icon';
import { LinkButton } from '@/ui/link-button';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import type { PurchaseView } from '../schema';
import { useMoney } from './use-money';
import type { Wire } from './wire';

type Purchase = Wire<PurchaseView>;

/** Bank transfers take days; a card's answer is there within seconds. */
const ASK_AGAIN_MS = 3_000;

/** After the checkout: says what happened to the purchase or the plan. Nothing on any other visit. */
export function ReturnNotice({ organizationId }: { organizationId: string }) {
  const [back, setBack] = useQueryStates({
    purchase: parseAsString,
    canceled: parseAsStringLiteral(['1']),
    subscription: parseAsStringLiteral(['started', 'canceled']),
  });
  const close = () => void setBack(null);
  if (back.purchase) {
    return (
      <PurchaseReturn
        organizationId={organizationId}
        purchaseId={back.purchase}
        left={back.canceled !== null}
        onClose={close}
      />
    );
  }
  return back.subscription ? <SubscriptionReturn outcome={back.subscription} onClose={close} /> : null;
}

interface PurchaseReturnProps {
  organizationId: string;
  purchaseId: string;
  /** The person left the checkout by its own way back. */
  left: boolean;
  onClose: () => void;
}

function PurchaseReturn({ organizationId, purchaseId, left, onClose }: PurchaseReturnProps) {
  const t = useTranslations('billing.return');
  const money = useMoney();
  const queries = useQueryClient();
  const answer = useQuery({
    queryKey: ['billing', organizationId, 'purchase', purchaseId],
    queryFn: async () => {
      // Asking credits what was paid: the tokens need not wait for the provider's call.
      const purchase = await api<Purchase>('POST', `/api/tokens/purchases/${purchaseId}/confirm`);
      void queries.invalidateQueries({ queryKey: ['billing', organizationId, 'purchases'] });
      return purchase;
    },
    refetchInterval: ({ state }) =>
      !left && (state.data?.status === 'open' || state.data?.status === 'processing') ? ASK_AGAIN_MS : false,
  });
  if (answer.error)
    return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} safe={t('safe')} />;
  if (!answer.data) return <Skeleton className="h-16 w-full" />;
  const purchase = answer.data;
  const words = { count: purchase.tokens, price: money(purchase.price, purchase.currency) };
  const outcome = outcomeOf(purchase, left);
  return (
    <Notice
      {...LOOKS[outcome]}
      title={t(`${outcome}.title`, words)}
      body={t(`${outcome}.body`, words)}
      onClose={onClose}
      tag={purchase.gateway === 'sandbox' && <SandboxTag />}
      action={
        purchase.receiptUrl ? (
          <a
            className="text-sm text-iris-text underline"
            href={purchase.receiptUrl}
            rel="noreferrer"
            target="_blank"
          >
            {t('receipt')}
          </a>
        ) : (
          (outcome === 'failed' || outcome === 'left') && (
            <LinkButton href="/tokens#packages" size="sm">
              {t('again')}
            </LinkButton>
          )
        )
      }
    />
  );
}

type Outcome = 'paid' | 'processing' | 'waiting' | 'failed' | 'left' | 'returned';

/** @param left the person came back by "cancel"; a payment that arrived all the same counts. */
function outcomeOf({ status, credited }: Purchase, left: boolean): Outcome {
  if (status === 'failed') return 'failed';
  if (status === 'refunded' || status === 'partially_refunded' || status === 'disputed') return 'returned';
  if (status === 'paid' || credited) return 'paid';
  if (status === 'processing') return 'processing';
  return status === 'expired' || left ? 'left' : 'waiting';
}

interface Look {
  icon: IconProp;
  tone: 'ok' | 'warn' | 'danger';
}

const LOOKS: Record<Outcome, Look> = {
  paid: { icon: CircleCheck, tone: 'ok' },
  processing: { icon: Hourglass, tone: 'warn' },
  waiting: { icon: Hourglass, tone: 'warn' },
  failed: { icon: CircleX, tone: 'danger' },
  left: { icon: CircleAlert, tone: 'warn' },
  returned: { icon: CircleAlert, tone: 'warn' },
};

function SubscriptionReturn({ outcome, onClose }: { outcome: 'started' | 'canceled'; onClose: () => void }) {
  const t = useTranslations('billing.return');
  return (
    <Notice
      {...(outcome === 'started' ? LOOKS.paid : LOOKS.left)}
      title={t(`subscription.${outcome}.title`)}
      body={t(`subscription.${outcome}.body`)}
      onClose={onClose}
      action={
        <LinkButton href="/billing" size="sm">
          {t('toBilling')}
        </LinkButton>
      }
    />
  );
}

const FRAMES = {
  ok: 'border-ok/40 bg-ok-tint',
  warn: 'border-warn/40 bg-warn-tint',
  danger: 'border-danger/40 bg-danger-tint',
} as const;
const MARKS = { ok: 'text-ok', warn: 'text-warn', danger: 'text-danger' } as const;

interface NoticeProps extends Look {
  title: string;
  body: string;
  tag?: ReactNode;
  action?: ReactNode;
  onClose: () => void;
}

function Notice({ icon: Icon, tone, title, body, tag, action, onClose }: NoticeProps) {
  const t = useTranslations('billing.return');
  const Mark = Icon as typeof CircleCheck;
  return (
    <div
      role="status"
      className={cn('flex flex-wrap items-start gap-3 rounded-lg border p-4 text-ink', FRAMES[tone])}
    >
      <Mark size={20} aria-hidden="true" className={cn('mt-px shrink-0', MARKS[tone])} />
      <div className="grid min-w-0 flex-1 gap-0.5">
        <p className="flex flex-wrap items-center gap-2 text-base font-semibold">
          {title} {tag}
        </p>
        <p className="text-sm">{body}</p>
      </div>
      <div className="flex flex-wrap items-center gap-3">
        {action}
        <Button size="sm" variant="ghost" onClick={onClose}>
          {t('close')}
        </Button>
      </div>
    </div>
  );
}
