import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { z } from 'zod';
import { isPlain } from './paths';
import type { FieldType, FieldValidation } from './schema';

/** A converted value, or why converting would lose or guess something. */
export type Converted = { ok: true; value: unknown } | { ok: false; message: string };

const ok = (value: unknown): Converted => ({ ok: true, value });
const no = (message: string): Converted => ({ ok: false, message });

type Conversion = (value: unknown, rules: FieldValidation) => Converted;

/** Significant digits that a number of JavaScript keeps whatever they are. */
const SAFE_DIGITS = 15;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** A moment needs a zone: without one it would be a guess. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;
/** Milliseconds since 1970, as HubSpot writes them: from 1973 on. */
const EPOCH = /^-?\d{12,14}$/;
const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(1000, 0, 1);
const LAST_MS = Date.UTC(10_000, 0, 1) - 1;
const email = z.email().max(320);

/**
 * What each type makes of what vendors send. Empty text counts as nothing, for every type but `string`.
 * Never guesses: a value that does not fit without loss is a fault of its field.
 */
const CONVERSIONS: Record<FieldType, Conversion> = {
  string: (value) => textOf(value),
  number: (value) => numberOf(value),
  integer: (value) => {
    const number = numberOf(value);
    return number.ok && !Number.isInteger(number.value) ? no('This is not a whole number.') : number;
  },
  boolean: (value) => {
    const known = BOOLEANS.get(typeof value === 'string' ? value.trim().toLowerCase() : value);
    return known === undefined ? no('This is neither true nor false.') : ok(known);
  },
  date: (value) => {
    if (typeof value === 'string' && DAY.test(value.trim())) return dayOf(value.trim());
    const at = momentOf(value);
    if (at === null) return no('Write a date as 2026-03-02.');
    return at % DAY_MS === 0
      ? ok(new Date(at).toISOString().slice(0, 10))
      : no('This has a time of day, which a date would lose.');
  },
  datetime: (value) => {
    const at = momentOf(value);
    return at === null
      ? no('Write a moment as 2026-03-02T09:00:00Z, with its zone.')
      : ok(new Date(at).toISOString());
  },
  email: (value) => {
    const parsed = email.safeParse(typeof value === 'string' ? value.trim() : value);
    return parsed.success ? ok(parsed.data.toLowerCase()) : no('This is not an email address.');
  },
  phone: (value, { region }) => phoneOf(value, region),
  url: (value) => {
    const text = typeof value === 'string' ? value.trim() : '';
    const usable = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
    return usable ? ok(text) : no('This is not a web address that starts with http:// or https://.');
  },
  currency: (value) => amountOf(value),
  enum: (value, { values }) => {
    const text = textOf(value);
    if (!text.ok || !values || values.includes(text.value as string)) return text;
    return no(`Allowed are ${values.slice(0, 10).join(', ')}.`);
  },
  array: (value, { separator }) => {
    if (Array.isArray(value)) return ok(value);
    if (typeof value !== 'string' || !separator) return no('This is not a list.');
    return ok(
      value
        .split(separator)
        .map((part) => part.trim())
        .filter(Boolean),
    );
  },
  object: (value) => (isPlain(value) ? ok(value) : no('This is not an object.')),
  reference: (value) => {
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      return no('This id is too large for a number.');
    const text = textOf(value);
    return text.ok && (typeof value === 'boolean' || text.value === '') ? no('This is not an id.') : text;
  },
};

const BOOLEANS = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
  ['yes', true],
  ['no', false],
]);

/** Nothing stays nothing: whether it may be missing is the mapping's business. */
export function convert(value: unknown, type: FieldType, rules: FieldValidation = {}): Converted {
  if (value === null || value === undefined) return ok(null);
  if (typeof value === 'string' && value.trim() === '' && type !== 'string') return ok(null);
  return CONVERSIONS[type](value, rules);
}

function textOf(value: unknown): Converted {
  if (typeof value === 'string') return ok(value);
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return ok(String(value));
  return no('This is not a text.');
}

function numberOf(value: unknown): Converted {
  if (typeof value === 'number') return Number.isFinite(value) ? ok(value) : no('This is not a number.');
  const text = typeof value === 'string' ? value.trim() : '';
  if (!DECIMAL.test(text) && !/^[+-]?\d(?:\.\d+)?e[+-]?\d{1,3}$/i.test(text))
    return no('This is not a number.');
  const digits = text.replace(/e.*$/i, '').replaceAll(/[^\d]/g, '').replace(/^0+/, '');
  if (digits.length > SAFE_DIGITS && !Number.isSafeInteger(Number(text)))
    return no('This number has more digits than can be kept.');
  const number = Number(text);
  return Number.isFinite(number) ? ok(number) : no('This number is too large.');
}

/** An amount stays a decimal text: cents must not depend on binary fractions. */
function amountOf(value: unknown): Converted {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (typeof value === 'number' && numberDigits(value) > SAFE_DIGITS)
    return no('This amount has more digits than a number keeps. Send it as text.');
  if (!DECIMAL.test(text)) return no('Write an amount as 1234.50, without signs and separators.');
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const kept = fraction.replace(/0+$/, '');
  const amount = (whole.replace(/^0+(?=\d)/, '') || '0') + (kept ? `.${kept}` : '');
  return ok(negative && amount !== '0' ? `-${amount}` : amount);
}

function numberDigits(value: number): number {
  return String(value).replace(/e.*$/, '').replaceAll(/[^\d]/g, '').length;
}

function dayOf(text: string): Converted {
  const at = Date.parse(`${text}T00:00:00Z`);
  const same = !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
  return same ? ok(text) : no('There is no such day.');
}

/** Milliseconds since 1970, or null. A day alone is no moment, and years have four digits. */
function momentOf(value: unknown): number | null {
  const at = millisecondsOf(value);
  return at !== null && Number.isSafeInteger(at) && at >= FIRST_MS && at <= LAST_MS ? at : null;
}

function millisecondsOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value.trim() : '';
  if (EPOCH.test(text)) return Number(text);
  if (!MOMENT.test(text) || !dayOf(text.slice(0, 10)).ok) return null;
  // Salesforce leaves the colon out of its offsets.
  return Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
}

function phoneOf(value: unknown, region: string | undefined): Converted {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return no('This is not a phone number.');
  const parsed = parsePhoneNumberFromString(text, region as CountryCode | undefined);
  if (!parsed?.isValid())
    return no(
      region
        ? 'This is not a phone number.'
        : 'Write the number with its country code, such as +49 30 1234567.',
    );
  if (parsed.ext) return no('This number has an extension, which would be lost.');
  return ok(parsed.number);
}
