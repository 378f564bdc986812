'use client';
import { useFormatter } from 'next-intl';
import { CURRENCIES, type Currency } from '../currencies.data';

const decimalsOf = (currency: string) =>
  Object.hasOwn(CURRENCIES, currency) ? CURRENCIES[currency as Currency].decimals : 2;

/** Writes minor units of a currency the reader's way: `1900, 'eur'` is €19.00. */
export function useMoney(): (minor: number, currency: string, digits?: number) => string {
  const format = useFormatter();
  return (minor, currency, digits) => {
    const decimals = decimalsOf(currency);
    return format.number(minor / 10 ** decimals, {
      style: 'currency',
      currency: currency.toUpperCase(),
      minimumFractionDigits: decimals,
      maximumFractionDigits: digits ?? decimals,
    });
  };
}
