import type { Messages } from 'next-intl';
import type { Locale } from './locale';

// Every file in src/messages is found by itself; a room adds `<locale>/<room>.json` and is done.
const FILES = import.meta.glob<Messages>('../messages/*/*.json', { import: 'default' });

function place(path: string): { locale: string; namespace: string } {
  const [, locale = '', namespace = ''] = /\/messages\/([^/]+)\/([^/]+)\.json$/.exec(path) ?? [];
  return { locale, namespace };
}

/** All messages of a language: `{ common: {...}, content: {...} }`. Loaded once per process. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  const files = Object.entries(FILES).filter(([path]) => place(path).locale === locale);
  const entries = await Promise.all(
    files.map(async ([path, load]) => [place(path).namespace, await load()] as const),
  );
  return Object.fromEntries(entries);
}
