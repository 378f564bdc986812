import type { NotificationData } from './schema';

type Value = string | number;

/**
 * What the words of a notification may use, from its data: numbers and texts as they are, `network` the name of `platform`,
 * and `price` from `amountMinor` and `currency` in the reader's way of writing money.
 */
export function valuesOf(
  data: NotificationData,
  locale: string,
  networkName: (platform: string) => string,
): Record<string, Value> {
  const plain = Object.fromEntries(
    Object.entries(data).flatMap(([name, value]): [string, Value][] =>
      typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [],
    ),
  );
  const { platform, amountMinor, currency } = data;
  return {
    ...plain,
    network: typeof platform === 'string' ? networkName(platform) : '',
    ...(typeof amountMinor === 'number' && typeof currency === 'string'
      ? { price: money(amountMinor, currency, locale) }
      : {}),
  };
}

/** @param minor in the currency's smallest unit, as Stripe counts: yen have no decimals, dinars three. */
export function money(minor: number, currency: string, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: currency.toUpperCase() });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}
