import type { Money, Stage } from './schema';

/** Deals by stage, with sums that never mix currencies. Pure. */

export interface PipelineDeal {
  stage: string | null;
  /** Decimal text; null where the record has none. */
  amount: string | null;
  currency: string | null;
}

export interface PipelineColumn<T> {
  /** Null: records without a stage. */
  stage: string | null;
  label: string;
  deals: T[];
  /** One for each currency, by its code; amounts without one come last. */
  sums: Money[];
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** What a pipeline reads of a record's fields. */
export function dealOf(fields: Readonly<Record<string, unknown>>): PipelineDeal {
  const amount = typeof fields.amount === 'number' ? String(fields.amount) : text(fields.amount);
  return {
    stage: text(fields.stage),
    amount: amount !== null && DECIMAL.test(amount) ? amount : null,
    currency: text(fields.currency)?.toUpperCase() ?? null,
  };
}

/** Every stage of the vendor in its order, then those that only records name, then the records without one. */
export function columnsOf<T extends PipelineDeal>(
  deals: readonly T[],
  stages: readonly Stage[],
): PipelineColumn<T>[] {
  const labels = new Map<string | null, string>(stages.map(({ value, label }) => [value, label]));
  const others = [...new Set(deals.map(({ stage }) => stage))].filter((stage) => !labels.has(stage));
  const named = others.filter((stage) => stage !== null).toSorted((a, b) => a.localeCompare(b));
  const order = [...labels.keys(), ...named, ...(others.includes(null) ? [null] : [])];
  return order.map((stage) => {
    const own = deals.filter((deal) => deal.stage === stage);
    return { stage, label: labels.get(stage) ?? stage ?? '', deals: own, sums: sumsOf(own) };
  });
}

export function sumsOf(deals: readonly PipelineDeal[]): Money[] {
  const sums = new Map<string | null, string>();
  for (const { amount, currency } of deals)
    if (amount !== null) sums.set(currency, plus(sums.get(currency) ?? '0', amount));
  return [...sums]
    .map(([currency, amount]) => ({ currency, amount }))
    .toSorted((a, b) =>
      a.currency === null || b.currency === null
        ? Number(a.currency === null) - Number(b.currency === null)
        : a.currency.localeCompare(b.currency),
    );
}

/** The sum of two decimal texts, exactly: cents must not depend on binary fractions. */
function plus(a: string, b: string): string {
  const places = Math.max(placesOf(a), placesOf(b));
  const total = scaled(a, places) + scaled(b, places);
  const digits = (total < 0n ? -total : total).toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '');
  return `${total < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}

function placesOf(amount: string): number {
  return amount.split('.')[1]?.length ?? 0;
}

function scaled(amount: string, places: number): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
