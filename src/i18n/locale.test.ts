import { describe, expect, it } from 'vitest';
import { negotiateLocale, validTimeZone } from './locale';

describe('negotiateLocale', () => {
  it.each([
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['fr;q=0.9, en;q=0.2, de;q=0.5', 'de'],
    ['de;q=0, en', 'en'],
    ['ja', 'en'],
    ['*', 'en'],
    ['', 'en'],
    [null, 'en'],
    [';;q=,,', 'en'],
  ])('%s → %s', (header, locale) => {
    expect(negotiateLocale(header)).toBe(locale);
  });
});

describe('validTimeZone', () => {
  it('keeps a zone and falls back to UTC', () => {
    expect(validTimeZone('Europe/Berlin')).toBe('Europe/Berlin');
    expect(validTimeZone('Mars/Olympus')).toBe('UTC');
    expect(validTimeZone(undefined)).toBe('UTC');
  });
});
