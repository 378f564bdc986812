import { getDomain } from 'tldts';
import { folded } from '../record-words';
import { FREE_MAIL_DOMAINS, LEGAL_FORMS, ROLE_MAILBOXES } from './words.data';

/** Values as they are compared: without accents, capitals and what says nothing. Pure. */

type Fields = Readonly<Record<string, unknown>>;

const GMAIL: ReadonlySet<string> = new Set(['gmail.com', 'googlemail.com']);

export function textOf(fields: Fields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.trim() : '';
}

/** Letters that are more than a letter with an accent. */
const SPELLED: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' },
};

/** Words in lower case and plain letters. */
export function wordsOf(text: string): string[] {
  return folded(text)
    .replaceAll(/[ßæœøłđðþı]/gu, (letter) => SPELLED[letter] ?? letter)
    .replaceAll(/['’.]/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

export interface Email {
  /** As equal mailboxes are written alike. */
  address: string;
  local: string;
  domain: string;
  /** Of a task and not of a person. */
  role: boolean;
}

/** Google ignores dots in its own mailboxes; what follows a plus is nobody's name anywhere. */
export function emailOf(value: string): Email | null {
  const found = /^([^\s@]+)@([^\s@]+\.[^\s@]+)$/.exec(value.trim().toLowerCase());
  if (!found) return null;
  const domain = found[2] === 'googlemail.com' ? 'gmail.com' : (found[2] ?? '');
  const plain = (found[1] ?? '').replace(/\+.*$/, '');
  const local = (GMAIL.has(domain) ? plain.replaceAll('.', '') : plain) || (found[1] ?? '');
  return { address: `${local}@${domain}`, local, domain, role: ROLE_MAILBOXES.has(local) };
}

/** A company's own domain, without what stands before it; null for one that anybody gets an address at. */
export function domainOf(value: string): string | null {
  const domain = getDomain(value.trim().toLowerCase());
  return domain && !FREE_MAIL_DOMAINS.has(domain) ? domain : null;
}

/** E.164 is how numbers are stored; whatever else is written in them says nothing. */
export function phoneOf(value: string): string | null {
  const digits = value.replaceAll(/\D/g, '');
  return digits.length >= 7 ? digits : null;
}

/** A company's name without its legal form, unless nothing else is left. */
export function companyWords(text: string): string[] {
  const words = wordsOf(text);
  const own = words.filter((word) => !LEGAL_FORMS.has(word));
  return own.length > 0 ? own : words;
}

/** Where the record says it works. */
export function ownDomainOf(fields: Fields): string | null {
  for (const name of ['domain', 'website']) {
    const domain = domainOf(textOf(fields, name));
    if (domain) return domain;
  }
  const email = emailOf(textOf(fields, 'email'));
  return email ? domainOf(email.domain) : null;
}
