import { RichText } from '@atproto/api';
import { describe, expect, it } from 'vitest';
import { blueskyRecordText } from '@/features/platforms/rules/bluesky-text';
import { counterFor, textWithLink } from '@/features/platforms/rules/counting';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import { COUNT_VECTORS } from '@/features/platforms/rules/vectors.data';
import { PLATFORM_IDS } from '@/features/platforms/schema';

describe('count vectors', () => {
  it.each(COUNT_VECTORS)('$name', async ({ platform, text, limits, expected }) => {
    const counter = await counterFor(platform);
    expect(counter.count(text, limits ? { limits } : {})).toMatchObject(expected);
  });

  it('cover every network', () => {
    expect(new Set(COUNT_VECTORS.map((vector) => vector.platform))).toEqual(new Set(PLATFORM_IDS));
  });
});

describe('Bluesky record text', () => {
  it.each([
    'plain words',
    'See https://example.com/a/b.',
    '(https://example.com/x) and https://en.wikipedia.org/wiki/Iris_(plant)',
    'two https://a.example/1 https://b.example/2!',
    'inside,https://no.example/boundary',
  ])('finds the links that the network finds: %s', (source) => {
    const rich = new RichText({ text: source });
    rich.detectFacetsWithoutResolution();
    const theirs = (rich.facets ?? []).flatMap((facet) =>
      facet.features.flatMap((feature) =>
        feature.$type === 'app.bsky.richtext.facet#link' && 'uri' in feature ? [String(feature.uri)] : [],
      ),
    );
    expect(blueskyRecordText(source).links.map((link) => link.uri)).toEqual(theirs);
  });

  it('shows a long link short and keeps its target', () => {
    const { text, links } = blueskyRecordText('Read https://example.com/a/very/long/path?q=1 now');
    expect(text).toBe('Read example.com/a/very/long/... now');
    expect(links[0]?.uri).toBe('https://example.com/a/very/long/path?q=1');
    expect(text.slice(links[0]?.start, links[0]?.end)).toBe('example.com/a/very/long/...');
  });

  it('counts graphemes as the network does', async () => {
    const counter = await counterFor('bluesky');
    const text = 'Zażółć gęślą jaźń 👩🏽‍🚀🇩🇪';
    expect(counter.count(text).graphemes).toBe(new RichText({ text }).graphemeLength);
    expect(counter.count(text).bytes).toBe(new RichText({ text }).length);
  });
});

describe('textWithLink', () => {
  const link = 'https://example.com/x';

  it('joins the link to the text where there is no field for it, once', () => {
    expect(textWithLink(PLATFORM_RULES.x, { text: 'Hi', link })).toBe(`Hi\n\n${link}`);
    expect(textWithLink(PLATFORM_RULES.x, { text: `Hi ${link}`, link })).toBe(`Hi ${link}`);
    expect(textWithLink(PLATFORM_RULES.facebook, { text: 'Hi', link })).toBe('Hi');
  });

  it('makes a card where there is no media, else joins', () => {
    expect(textWithLink(PLATFORM_RULES.bluesky, { text: 'Hi', link, media: [] })).toBe('Hi');
    expect(textWithLink(PLATFORM_RULES.bluesky, { text: 'Hi', link, media: [{}] })).toBe(`Hi\n\n${link}`);
  });
});

describe('rules data', () => {
  it.each(PLATFORM_IDS)('%s names a source and a check date for every figure', (platform) => {
    const problems: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (value === null || typeof value !== 'object') return;
      if ('basis' in value) {
        const figure = value as { source?: unknown; checked?: unknown };
        if (!/^(https:\/\/|built into )/.test(String(figure.source))) problems.push(`${path}: no source`);
        if (!/^\d{4}-\d{2}-\d{2}$/.test(String(figure.checked))) problems.push(`${path}: no date`);
        return;
      }
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
    };
    const rules = PLATFORM_RULES[platform];
    visit(rules, platform);
    expect(problems).toEqual([]);
    expect(rules.platform).toBe(platform);
    for (const kind of new Set(rules.media.groups.flatMap((group) => group.kinds))) {
      expect(rules.media[kind], `${platform} allows ${kind} but says nothing about it`).toBeDefined();
    }
  });
});
