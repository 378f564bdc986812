import { z } from 'zod';

/**
 * Currencies people may pay in: a choice from those Stripe takes (https://docs.stripe.com/currencies). `rate` turns a price in the
 * base currency into our list price; it is set by hand so that prices stay the same from day to day. `decimals` are those of
 * Stripe's minor unit: 0 where the smallest unit is the whole one.
 */
const currencySchema = z.strictObject({
  rate: z.number().positive(),
  decimals: z.union([z.literal(0), z.literal(2)]),
  /** Smallest amount Stripe charges, in minor units (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
  minimumCharge: z.int().positive(),
});

export const CURRENCIES = {
  usd: { rate: 1, decimals: 2, minimumCharge: 50 },
  eur: { rate: 0.95, decimals: 2, minimumCharge: 50 },
  gbp: { rate: 0.8, decimals: 2, minimumCharge: 30 },
  chf: { rate: 0.9, decimals: 2, minimumCharge: 50 },
  sek: { rate: 10.5, decimals: 2, minimumCharge: 300 },
  nok: { rate: 10.5, decimals: 2, minimumCharge: 300 },
  dkk: { rate: 7, decimals: 2, minimumCharge: 250 },
  pln: { rate: 4, decimals: 2, minimumCharge: 200 },
  cad: { rate: 1.35, decimals: 2, minimumCharge: 50 },
  aud: { rate: 1.5, decimals: 2, minimumCharge: 50 },
  nzd: { rate: 1.65, decimals: 2, minimumCharge: 50 },
  sgd: { rate: 1.35, decimals: 2, minimumCharge: 50 },
  inr: { rate: 85, decimals: 2, minimumCharge: 50 },
  brl: { rate: 5.5, decimals: 2, minimumCharge: 50 },
  mxn: { rate: 19, decimals: 2, minimumCharge: 1_000 },
  jpy: { rate: 150, decimals: 0, minimumCharge: 50 },
} as const satisfies Record<string, z.infer<typeof currencySchema>>;

export type Currency = keyof typeof CURRENCIES;
export const CURRENCY_CODES = Object.keys(CURRENCIES) as [Currency, ...Currency[]];

/** A price in cents of the base currency as minor units of another; rounded up to a whole minor unit. */
export function priceIn(currency: Currency, baseCents: number): number {
  const { rate, decimals } = CURRENCIES[currency];
  const exact = decimals === 0 ? (baseCents * rate) / 100 : baseCents * rate;
  // Rates are decimal fractions: 250 × 1.35 must not become 338 because of a stray binary digit.
  return Math.ceil(Math.round(exact * 1e6) / 1e6);
}
