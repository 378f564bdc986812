import type { RecordKind } from './schema';

/** What a record is called and found by. Pure. */

const PREFIX_FROM = 2;
const PREFIX_TO = 8;
const MAX_WORDS = 6;

type Fields = Readonly<Record<string, unknown>>;

function text(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value.trim() : '';
}

function isPerson(entity: RecordKind): boolean {
  return entity === 'contact' || entity === 'lead';
}

/** A name for people; never empty. */
export function titleOf(entity: RecordKind, fields: Fields, externalId: string): string {
  const person = [text(fields, 'firstName'), text(fields, 'lastName')].filter(Boolean).join(' ');
  const title = isPerson(entity)
    ? person || text(fields, 'email')
    : entity === 'activity'
      ? text(fields, 'kind')
      : text(fields, 'name') || text(fields, 'domain');
  return (title || `#${externalId}`).slice(0, 200);
}

export function subtitleOf(entity: RecordKind, fields: Fields): string {
  const parts = isPerson(entity)
    ? [text(fields, 'email'), text(fields, 'companyName')]
    : entity === 'company'
      ? [text(fields, 'domain'), text(fields, 'industry')]
      : [text(fields, 'stage'), text(fields, 'amount')];
  return parts.filter(Boolean).join(' · ').slice(0, 200);
}

/** Lower case without accents: what people type finds what is stored. */
export function folded(words: string): string {
  return words.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

function wordsOf(words: string): string[] {
  return folded(words)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length >= PREFIX_FROM);
}

/** Beginnings of the record's words, two to eight letters long: each is an index entry, so they are few. */
export function termsOf(title: string, subtitle: string): string[] {
  const words = [...new Set(wordsOf(`${title} ${subtitle}`))].slice(0, MAX_WORDS);
  const starts = words.flatMap((word) =>
    Array.from({ length: Math.min(word.length, PREFIX_TO) - PREFIX_FROM + 1 }, (_, index) =>
      word.slice(0, PREFIX_FROM + index),
    ),
  );
  return [...new Set(starts)];
}

/** How a search is asked: by its longest word; the others are checked on what that finds. */
export function searchOf(query: string): { term: string; words: string[] } | null {
  const words = wordsOf(query);
  const longest = words.toSorted((a, b) => b.length - a.length)[0];
  return longest ? { term: longest.slice(0, PREFIX_TO), words } : null;
}

export function matchesAll(title: string, subtitle: string, words: readonly string[]): boolean {
  const own = wordsOf(`${title} ${subtitle}`);
  return words.every((word) => own.some((one) => one.startsWith(word)));
}
