import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('..', import.meta.url));
const app = join(source, 'app');

const texts = new Map<string, string>();
function text(file: string): string {
  const known = texts.get(file) ?? readFileSync(file, 'utf8');
  texts.set(file, known);
  return known;
}

function resolved(specifier: string, from: string): string | null {
  if (!specifier.startsWith('.') && !specifier.startsWith('@/')) return null;
  const base = specifier.startsWith('@/')
    ? join(source, specifier.slice(2))
    : resolve(dirname(from), specifier);
  return [`${base}.tsx`, `${base}.ts`, base].find((path) => existsSync(path) && /\.tsx?$/.test(path)) ?? null;
}

/** Imports that bring code; types bring none. */
function imports(file: string): string[] {
  const found = text(file).matchAll(/(?:^import (?!type )[^;]*?from |^import |import\()\s*'([^']+)'/gm);
  return [...found].map(([, specifier = '']) => resolved(specifier, file)).filter((path) => path !== null);
}

/** Rooms whose messages the browser needs for this file and all it imports. */
function roomsInBrowser(entry: string): Map<string, string> {
  const rooms = new Map<string, string>();
  const seen = new Set<string>();
  const visit = (file: string, inBrowser: boolean) => {
    const here = inBrowser || /^\s*'use client'/.test(text(file));
    const key = `${file} ${here}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (here) {
      for (const [, namespace = ''] of text(file).matchAll(/useTranslations\(\s*'([^']+)'/g)) {
        rooms.set(namespace.split('.')[0] ?? '', relative(source, file));
      }
    }
    for (const next of imports(file)) visit(next, here);
  };
  visit(entry, false);
  return rooms;
}

function given(file: string): string[] {
  const match = /<ClientMessages\s+rooms=\{\[([^\]]*)\]\}/.exec(text(file));
  return match
    ? ['common', ...(match[1] ?? '').split(',').map((room) => room.trim().replaceAll("'", ''))]
    : [];
}

function layoutsAbove(page: string): string[] {
  const layouts: string[] = [];
  for (let folder = dirname(page); folder.startsWith(app); folder = dirname(folder)) {
    const layout = join(folder, 'layout.tsx');
    if (existsSync(layout) && layout !== page) layouts.push(layout);
  }
  return layouts;
}

const entries = readdirSync(app, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|\/)(page|layout)\.tsx$/.test(file))
  .map((file) => join(app, file));

describe('messages in the browser', () => {
  it('finds the pages', () => {
    expect(entries.length).toBeGreaterThan(5);
  });

  it.each(entries.map((file) => [relative(app, file), file]))('%s is given what it uses', (_, file) => {
    const rooms = roomsInBrowser(file);
    const have = new Set([file, ...layoutsAbove(file)].flatMap(given));
    const missing = [...rooms].filter(([room]) => !have.has(room));
    const told = missing.map(
      ([room, user]) => `wrap it in <ClientMessages rooms={['${room}']}>: ${user} uses them`,
    );
    expect(told).toEqual([]);
  });
});
