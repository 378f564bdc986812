import type { Counts } from '@/features/platforms/finding-schema';
import { blueskyRecordText } from '@/features/platforms/rules/bluesky-text';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { CountingMethod, PlatformRules } from '@/features/platforms/rules/types';
import type { ChannelSettings, LiveLimits, PlatformId } from '@/features/platforms/schema';

/**
 * The one implementation of counting, for editor, API, import and worker. Each network measures text differently; the vector
 * file `vectors.data.ts` pins every difference.
 */

export interface CountingOptions {
  limits?: LiveLimits;
  settings?: Pick<ChannelSettings, 'longPosts'>;
  /** TikTok measures captions of pictures and of videos differently. */
  withImages?: boolean;
}

export interface Counter {
  readonly rules: PlatformRules;
  count(text: string, options?: CountingOptions): Counts;
}

type Measure = (text: string, limits: LiveLimits) => Omit<Counts, 'used' | 'max' | 'unit'> & { used: number };

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const encoder = new TextEncoder();

export function graphemesOf(text: string): string[] {
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Without allocating: the text may be long and this runs at every key press. */
function graphemeCount(text: string): number {
  let count = 0;
  for (const _ of segmenter.segment(text)) count += 1;
  return count;
}

// Mastodon -------------------------------------------------------------------------------------------------------------

const WEB_ADDRESS = /https?:\/\/[^\s<>"']+/giu;
/** `@user@server` counts as `@user`. @see https://docs.joinmastodon.org/user/posting/#text */
const REMOTE_MENTION = /(?<![=/\w])@([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)@[\p{L}\p{N}_.-]*[\p{L}\p{N}_]/giu;
const URL_LENGTH = 23;

function mastodonCount(text: string, urlLength: number): number {
  const placeholder = 'x'.repeat(urlLength);
  return graphemeCount(text.replace(WEB_ADDRESS, placeholder).replace(REMOTE_MENTION, '@$1'));
}

// Threads --------------------------------------------------------------------------------------------------------------

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

/** "Emojis are counted as the number of UTF-8 bytes." @see https://developers.facebook.com/docs/threads/posts */
function threadsCount(text: string): number {
  let count = 0;
  for (const { segment } of segmenter.segment(text)) {
    count += EMOJI.test(segment) ? utf8Bytes(segment) : [...segment].length;
  }
  return count;
}

// Measures -------------------------------------------------------------------------------------------------------------

/** UTF-16 code units: the strictest reading of "characters", so a post that fits here fits there. */
const characters: Measure = (text) => ({ characters: text.length, used: text.length });

const LOADERS: Record<CountingMethod, () => Promise<Measure>> = {
  characters: async () => characters,
  bytes: async () => (text) => {
    const bytes = utf8Bytes(text);
    return { bytes, characters: text.length, used: bytes };
  },
  threads: async () => (text) => {
    const weighted = threadsCount(text);
    return { weighted, characters: text.length, used: weighted };
  },
  mastodon: async () => (text, limits) => {
    const graphemes = mastodonCount(text, limits.urlLength ?? URL_LENGTH);
    return { graphemes, characters: text.length, used: graphemes };
  },
  graphemes_and_bytes: async () => (text) => {
    const record = blueskyRecordText(text).text;
    const graphemes = graphemeCount(record);
    return { graphemes, bytes: utf8Bytes(record), characters: text.length, used: graphemes };
  },
  // The vendor's own parser is large: it loads only where somebody writes for a network that needs it.
  weighted: async () => {
    const { default: twitterText } = await import('twitter-text');
    return (text) => {
      const weighted = twitterText.parseTweet(text).weightedLength;
      return { weighted, characters: text.length, used: weighted };
    };
  },
};

const UNITS: Record<CountingMethod, Counts['unit']> = {
  characters: 'characters',
  bytes: 'bytes',
  threads: 'weighted',
  mastodon: 'graphemes',
  graphemes_and_bytes: 'graphemes',
  weighted: 'weighted',
};

/** The bound in force: a live value beats the table, a paid account beats the ordinary bound. */
export function textMaximum(rules: PlatformRules, options: CountingOptions = {}): number {
  if (options.limits?.textMax !== undefined) return options.limits.textMax;
  if (options.settings?.longPosts && rules.text.longMax) return rules.text.longMax.value;
  if (options.withImages && rules.text.maxWithImages) return rules.text.maxWithImages.value;
  return rules.text.max.value;
}

const counters = new Map<PlatformId, Promise<Counter>>();

async function load(platform: PlatformId): Promise<Counter> {
  const rules = PLATFORM_RULES[platform];
  const measure = await LOADERS[rules.counting]();
  return {
    rules,
    count: (text, options = {}) => {
      const { used, ...counts } = measure(text, options.limits ?? {});
      return { ...counts, unit: UNITS[rules.counting], used, max: textMaximum(rules, options) };
    },
  };
}

/** Loads what the network's counting needs, once; after that counting is synchronous. */
export function counterFor(platform: PlatformId): Promise<Counter> {
  let counter = counters.get(platform);
  if (!counter) {
    counter = load(platform).catch((error: unknown) => {
      // A chunk that could not be fetched must be fetchable again.
      counters.delete(platform);
      throw error;
    });
    counters.set(platform, counter);
  }
  return counter;
}

/**
 * The text as the network gets it: where it has no field for a link, the link joins the text (unless it is there already).
 * Counting, validation, preview and provider all use this.
 */
export function textWithLink(
  rules: PlatformRules,
  part: { text: string; link?: string | undefined; media?: readonly unknown[] },
): string {
  const { text, link } = part;
  if (!link || text.includes(link) || rules.linkPlacement === 'field') return text;
  if (rules.linkPlacement === 'card_or_text' && (part.media?.length ?? 0) === 0) return text;
  return text.trim() === '' ? link : `${text.trimEnd()}\n\n${link}`;
}
