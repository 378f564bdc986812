'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useId, useRef, useState } from 'react';
import { api } from '@/client/api';
import type { PackagesResponse } from '@/features/tokens/schema';
import { customPrice } from '@/features/tokens/tiers.data';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { leaveFor, useAttempt } from '@/ui/use-attempt';
import { CURRENCY_CODES, type Currency, priceIn } from '../currencies.data';
import type { PurchaseAnswer } from '../schema';
import { useMoney } from './use-money';
import type { Wire } from './wire';

const OWN = 'own';

/** What would be bought; null while the amount is no amount. */
function orderOf(choice: string, own: string, { packages, custom }: PackagesResponse) {
  if (choice !== OWN) {
    const chosen = packages.find(({ id }) => id === choice);
    return chosen ? { tokens: chosen.tokens, price: chosen.price, body: { packageId: chosen.id } } : null;
  }
  const amount = Number(own);
  if (!Number.isInteger(amount) || amount < custom.min || amount > custom.max) return null;
  return { tokens: amount, price: customPrice(amount), body: { amount } };
}

/** Choose, see the price, go to the checkout. */
export function BuyForm({ answer, mayBuy }: { answer: PackagesResponse; mayBuy: boolean }) {
  const t = useTranslations('billing.buy');
  const money = useMoney();
  const [choice, setChoice] = useState(answer.packages[1]?.id ?? answer.packages[0]?.id ?? OWN);
  const [own, setOwn] = useState(String(answer.custom.min));
  const [currency, setCurrency] = useState<Currency>(answer.currency as Currency);
  const { busy, error, buy } = usePurchase();
  const order = orderOf(choice, own, answer);
  const off = answer.purchases === 'not_configured';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (order) buy({ ...order.body, currency });
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <PackageChoice
        answer={answer}
        choice={choice}
        onChoice={setChoice}
        currency={currency}
        disabled={off || !mayBuy}
      />
      {choice === OWN && (
        <Field label={t('amount')} error={order ? undefined : t('amountWrong', answer.custom)}>
          <Input
            type="number"
            inputMode="numeric"
            min={answer.custom.min}
            max={answer.custom.max}
            value={own}
            onChange={(event) => setOwn(event.target.value)}
          />
        </Field>
      )}
      {error !== null && <ErrorState error={error} compact safe={t('safe')} />}
      {!off && !mayBuy && <p className="text-sm text-muted">{t('askOwner')}</p>}
      {!off && mayBuy && (
        <div className="flex flex-wrap items-end justify-between gap-3">
          <Field label={t('currency')} className="w-28">
            <Select
              options={CURRENCY_CODES.map((code) => ({ value: code, label: code.toUpperCase() }))}
              value={currency}
              onValueChange={(code) => setCurrency(code as Currency)}
            />
          </Field>
          <Button variant="primary" type="submit" loading={busy} disabled={!order}>
            {order
              ? t('pay', { count: order.tokens, price: money(priceIn(currency, order.price), currency) })
              : t('payNothing')}
          </Button>
        </div>
      )}
    </form>
  );
}

/** Sends the order once, however often the button is pressed, and follows it to the checkout. */
function usePurchase() {
  const { busy, error, attempt } = useAttempt();
  const under = useRef<{ order: string; key: string } | null>(null);
  const buy = (body: object) => {
    const order = JSON.stringify(body);
    // The same order again is the same purchase; another one is another.
    if (under.current?.order !== order) under.current = { order, key: crypto.randomUUID() };
    const { key: idempotencyKey } = under.current;
    void attempt(async () => {
      const { url } = await api<Wire<PurchaseAnswer>>('POST', '/api/tokens/purchase', {
        body,
        idempotencyKey,
      });
      await leaveFor(url);
    });
  };
  return { busy, error, buy };
}

interface PackageChoiceProps {
  answer: PackagesResponse;
  choice: string;
  onChoice: (choice: string) => void;
  currency: Currency;
  disabled: boolean;
}

function PackageChoice({ answer, choice, onChoice, currency, disabled }: PackageChoiceProps) {
  const t = useTranslations('billing.buy');
  const money = useMoney();
  const name = useId();
  const row = (value: string, label: string, price: string, note: string) => (
    <label
      key={value}
      className="flex min-h-11 cursor-pointer items-center gap-3 border-t border-line px-1 first-of-type:border-t-0 has-disabled:cursor-default"
    >
      <input
        type="radio"
        name={name}
        value={value}
        checked={choice === value}
        disabled={disabled}
        onChange={() => onChoice(value)}
        className="size-4 accent-iris"
      />
      <span className="min-w-0 flex-1 text-base font-medium">{label}</span>
      <span className="text-right text-base tabular-nums">
        {price}
        <span className="block text-xs text-muted">{note}</span>
      </span>
    </label>
  );
  return (
    <fieldset className="grid">
      <legend className="sr-only">{t('package')}</legend>
      {answer.packages.map((one) => {
        const price = priceIn(currency, one.price);
        const each = money(price / one.tokens, currency, 3);
        return row(
          one.id,
          t('tokens', { count: one.tokens }),
          money(price, currency),
          t('each', { price: each }),
        );
      })}
      {row(OWN, t('own'), '', t('ownNote', answer.custom))}
    </fieldset>
  );
}
