import type { Counts } from '@/features/platforms/finding-schema';
import type { LiveLimits, PlatformId } from '@/features/platforms/schema';

/**
 * Counts that every place must agree on: browser, API and worker run this same file. Each row pins one peculiarity.
 * `expected` holds only what the row is about.
 */
export interface CountVector {
  name: string;
  platform: PlatformId;
  text: string;
  limits?: LiveLimits;
  expected: Partial<Counts>;
}

const FAMILY = '👨‍👩‍👧‍👦';
const LONG_URL = 'https://www.example.com/campaigns/2026/autumn/landing?utm_source=irisync';

export const COUNT_VECTORS: readonly CountVector[] = [
  { name: 'plain text', platform: 'x', text: 'Hello world', expected: { weighted: 11, max: 280 } },
  { name: 'X: East Asian signs weigh two', platform: 'x', text: '日本語', expected: { weighted: 6 } },
  { name: 'X: a joined emoji weighs two', platform: 'x', text: FAMILY, expected: { weighted: 2 } },
  { name: 'X: any link weighs 23', platform: 'x', text: `See ${LONG_URL}`, expected: { weighted: 27 } },
  { name: 'X: a bare domain is a link', platform: 'x', text: 'example.com', expected: { weighted: 23 } },
  {
    name: 'X: composed and decomposed é weigh the same',
    platform: 'x',
    text: 'e\u0301',
    expected: { weighted: 1 },
  },
  {
    name: 'Bluesky: a joined emoji is one grapheme of 25 bytes',
    platform: 'bluesky',
    text: FAMILY,
    expected: { graphemes: 1, bytes: 25, max: 300 },
  },
  {
    name: 'Bluesky: a link counts as it is shown',
    platform: 'bluesky',
    text: `See ${LONG_URL}.`,
    expected: { graphemes: 36, used: 36 },
  },
  {
    name: 'Bluesky: umlauts are two bytes',
    platform: 'bluesky',
    text: 'Grüße',
    expected: { graphemes: 5, bytes: 7 },
  },
  {
    name: 'Mastodon: any link counts 23',
    platform: 'mastodon',
    text: `See ${LONG_URL}`,
    expected: { graphemes: 27 },
  },
  {
    name: 'Mastodon: the instance says how long links count',
    platform: 'mastodon',
    text: `See ${LONG_URL}`,
    limits: { urlLength: 30, textMax: 1_000 },
    expected: { graphemes: 34, max: 1_000 },
  },
  {
    name: 'Mastodon: the server of a mention is free',
    platform: 'mastodon',
    text: 'Hi @ada@mastodon.example!',
    expected: { graphemes: 'Hi @ada!'.length },
  },
  { name: 'Mastodon: a joined emoji is one', platform: 'mastodon', text: FAMILY, expected: { graphemes: 1 } },
  {
    name: 'Threads: emoji count as bytes',
    platform: 'threads',
    text: 'Hi 👋',
    expected: { weighted: 7, max: 500 },
  },
  { name: 'Threads: a joined emoji is 25', platform: 'threads', text: FAMILY, expected: { weighted: 25 } },
  { name: 'Threads: umlauts count one', platform: 'threads', text: 'Grüße', expected: { weighted: 5 } },
  {
    name: 'YouTube: descriptions count bytes',
    platform: 'youtube',
    text: 'Grüße 👋',
    expected: { bytes: 12, used: 12 },
  },
  {
    name: 'LinkedIn: UTF-16 units',
    platform: 'linkedin',
    text: 'Hi 👋',
    expected: { characters: 5, max: 3_000 },
  },
  { name: 'Instagram', platform: 'instagram', text: 'a\nb', expected: { characters: 3, max: 2_200 } },
  { name: 'TikTok: UTF-16 runes', platform: 'tiktok', text: '👋', expected: { characters: 2, max: 2_200 } },
  { name: 'Facebook', platform: 'facebook', text: 'Hello', expected: { used: 5, max: 63_206 } },
  { name: 'Pinterest', platform: 'pinterest', text: 'Hello', expected: { used: 5, max: 500 } },
  { name: 'Reddit', platform: 'reddit', text: 'Hello', expected: { used: 5, max: 40_000 } },
  { name: 'Sandbox', platform: 'sandbox', text: 'Hello', expected: { used: 5, max: 500 } },
];
