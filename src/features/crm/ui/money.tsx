'use client';
import { useFormatter, useTranslations } from 'next-intl';
import type { Money } from '../schema';

const CODE = /^[A-Z]{3}$/;

/** Sums beside each other, one for each currency; they are never added up. */
export function Sums({ sums, none }: { sums: readonly Money[]; none?: string }) {
  const t = useTranslations('common');
  const format = useFormatter();
  if (sums.length === 0) return none ? <span>{none}</span> : null;
  return (
    <span className="tabular-nums">
      {sums
        .map(({ amount, currency }) =>
          currency && CODE.test(currency)
            ? format.number(Number(amount), { style: 'currency', currency, maximumFractionDigits: 2 })
            : `${format.number(Number(amount))} ${currency ?? t('noCurrency')}`,
        )
        .join(' · ')}
    </span>
  );
}
