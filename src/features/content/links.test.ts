import { describe, expect, it } from 'vitest';
import { countedLinks, type LinkFacts, trackedUrl, urlsIn, withLinks } from './links';

const facts = (
  links: LinkFacts['settings']['links'],
  values: Partial<LinkFacts['values']> = {},
): LinkFacts => ({
  settings: { links },
  base: 'https://go.example',
  values: { channel: '@shop', network: 'x', ...values },
});
const utm = { source: '{{network}}', medium: 'social', campaign: '{{campaign}}' };

describe('addresses of a text', () => {
  it.each([
    ['See https://a.example/x. Next', ['https://a.example/x']],
    ['(https://a.example/wiki_(b))', ['https://a.example/wiki_(b)']],
    ['"https://a.example", http://b.example/?q=1!', ['https://a.example', 'http://b.example/?q=1']],
    ['a.example and javascript:alert(1)', []],
  ])('%s', (text, urls) => {
    expect(urlsIn(text)).toEqual(urls);
    expect(withLinks(text, (url) => url)).toBe(text);
  });
});

describe('campaign parameters', () => {
  it.each([
    ['https://a.example', 'https://a.example?utm_source=x&utm_medium=social&utm_campaign=Spring-sale'],
    [
      'https://a.example/p?q=a%20b#top',
      'https://a.example/p?q=a%20b&utm_source=x&utm_medium=social&utm_campaign=Spring-sale#top',
    ],
    [
      'https://a.example/?utm_source=mail',
      'https://a.example/?utm_source=mail&utm_medium=social&utm_campaign=Spring-sale',
    ],
    ['https://go.example/l/abc', 'https://go.example/l/abc'],
  ])('%s', (url, expected) => {
    const once = trackedUrl(url, facts({ shortener: 'off', utm }, { campaign: 'Spring sale' }));
    expect(once).toBe(expected);
    expect(trackedUrl(once, facts({ shortener: 'off', utm }, { campaign: 'Other' }))).toBe(once);
  });

  it('one without a value is left out', () => {
    expect(
      trackedUrl('https://a.example', facts({ shortener: 'off', utm: { campaign: '{{campaign}}' } })),
    ).toBe('https://a.example');
  });

  it('hostile values stay inside their parameter', () => {
    const sent = trackedUrl('https://a.example', facts({ shortener: 'off', utm }, { campaign: 'a&b=c#d' }));
    expect(new URL(sent).searchParams.get('utm_campaign')).toBe('a&b=c#d');
  });
});

describe('what counts', () => {
  it('is the short form for ours, and the longer one where another service may fail', () => {
    const long = `https://a.example/${'x'.repeat(80)}`;
    expect(countedLinks(facts({ shortener: 'built_in', utm }))(long)).toBe('https://go.example/l/0000000000');
    expect(countedLinks(facts({ shortener: 'bitly' }))(long)).toBe(long);
    expect(countedLinks(facts({ shortener: 'bitly' }))('http://a.io')).toHaveLength(22);
    expect(countedLinks(facts(undefined))(long)).toBe(long);
  });
});
