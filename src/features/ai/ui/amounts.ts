import type { useFormatter } from 'next-intl';

type Format = ReturnType<typeof useFormatter>;

const MICROS = 1_000_000;

/** Whole micro-dollars as money: cents for sums, down to a hundredth of a cent for single calls that cost less. */
export function costText(format: Format, costMicros: number): string {
  const dollars = costMicros / MICROS;
  const digits = dollars !== 0 && Math.abs(dollars) < 0.1 ? 4 : 2;
  return format.number(dollars, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Dollars as a price list writes them: at least cents, never rounding a small price away. */
export function priceText(format: Format, dollars: number): string {
  return format.number(dollars, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: 4,
  });
}

/** Milliseconds below a second, seconds above. */
export function durationText(format: Format, ms: number): string {
  return ms < 1_000
    ? format.number(Math.round(ms), { style: 'unit', unit: 'millisecond' })
    : format.number(ms / 1_000, { style: 'unit', unit: 'second', maximumFractionDigits: 1 });
}
