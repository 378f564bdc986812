import { readdirSync, readFileSync } from 'node:fs';
import { createTranslator } from 'next-intl';
import { describe, expect, it } from 'vitest';
import { loadMessages } from './catalog';
import { DEFAULT_LOCALE, LOCALES } from './locale';

const folder = new URL('../messages/', import.meta.url);
const files = (locale: string) =>
  readdirSync(new URL(`${locale}/`, folder))
    .filter((file) => file.endsWith('.json'))
    .sort();

type Tree = { [key: string]: string | Tree };

function read(locale: string, file: string): Tree {
  return JSON.parse(readFileSync(new URL(`${locale}/${file}`, folder), 'utf8'));
}

function flatten(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const at = path ? `${path}.${key}` : key;
    return typeof value === 'string' ? [[at, value] as [string, string]] : flatten(value, at);
  });
}

/** Names of the values a message takes: the `count` of `{count, plural, …}` and of `{count}`. */
function placeholders(message: string): string[] {
  return [...new Set([...message.matchAll(/\{\s*(\w+)\s*[,}]/g)].map((match) => match[1] ?? ''))].sort();
}

/**
 * Where a German text says "Sie" or "Ihr…" formally. A capital inside a sentence can only be the formal form; after a
 * sentence's beginning it may as well be "they" or "their", so those places are left to the reader.
 */
function formal(message: string): string[] {
  const plain = message.replace(/<\/?\w+>/g, '');
  return [...plain.matchAll(/(?<![\p{L}\d])(?:Sie|Ihr(?:e[mnrs]?)?|Ihnen)(?!\p{L})/gu)]
    .filter((match) => !/(?:^|[.!?:{„“«»‚"])\s*$/u.test(plain.slice(0, match.index)))
    .map((match) => match[0]);
}

const others = LOCALES.filter((locale) => locale !== DEFAULT_LOCALE);

describe('messages', () => {
  it.each(LOCALES)('of %s are all found by the loader', async (locale) => {
    const loaded = await loadMessages(locale);
    expect(Object.keys(loaded).sort()).toEqual(files(locale).map((file) => file.replace('.json', '')));
  });

  it.each(others)('exist in %s for every room', (locale) => {
    expect(files(locale)).toEqual(files(DEFAULT_LOCALE));
  });

  const pairs = others.flatMap((locale) => files(DEFAULT_LOCALE).map((file) => ({ locale, file })));
  it.each(pairs)('$locale/$file has the keys and values of the English file', ({ locale, file }) => {
    const source = flatten(read(DEFAULT_LOCALE, file));
    const translated = new Map(flatten(read(locale, file)));
    expect([...translated.keys()].sort()).toEqual(source.map(([key]) => key).sort());
    for (const [key, message] of source) {
      expect(placeholders(translated.get(key) ?? ''), `${file}: ${key}`).toEqual(placeholders(message));
    }
  });

  const all = LOCALES.flatMap((locale) => files(locale).map((file) => ({ locale, file })));
  it.each(all)('$locale/$file is written in valid ICU syntax', ({ locale, file }) => {
    const faults: string[] = [];
    const tree = read(locale, file);
    const translate = createTranslator({
      locale,
      messages: { room: tree },
      onError: (error) => {
        if (error.code === 'INVALID_MESSAGE') faults.push(error.message);
      },
      getMessageFallback: () => '',
    }) as unknown as { raw: unknown } & ((key: string, values: Record<string, unknown>) => string);
    for (const [key, message] of flatten(tree)) {
      const values = Object.fromEntries(placeholders(message).map((name) => [name, 1]));
      translate(`room.${key}`, values);
      if (message.trim() === '') faults.push(`${key} is empty`);
    }
    expect(faults).toEqual([]);
  });

  it('in German say du to people, never Sie', () => {
    const found = files('de').flatMap((file) =>
      flatten(read('de', file))
        .filter(([, message]) => formal(message).length > 0)
        .map(([key, message]) => `${file}: ${key}: ${message}`),
    );
    expect(found).toEqual([]);
  });
});
