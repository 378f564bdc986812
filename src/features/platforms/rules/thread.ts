import {
  type Counter,
  type CountingOptions,
  counterFor,
  graphemesOf,
} from '@/features/platforms/rules/counting';
import type { PlatformId } from '@/features/platforms/schema';

export interface ThreadOptions extends CountingOptions {
  /** ` 2/5` at the end of each part. */
  numbered?: boolean;
}

/** A break is only taken past this share of what would fit, so that parts do not become needlessly short. */
const EARLIEST_BREAK = 0.5;
/** No part is looked for beyond this multiple of the limit: keeps long texts linear. */
const WINDOW = 40;

const PARAGRAPH = /\n\s*\n/g;
const SENTENCE = /[.!?…。！？]["'”’)]*\s+|\n/g;
const SPACE = /\s+/g;

/**
 * Splits a long text into parts that each fit: at paragraphs, else sentences, else words, and inside a word only where a
 * single word is longer than a part. No sign is lost except the white space at a break.
 */
export async function splitThread(
  platform: PlatformId,
  text: string,
  options: ThreadOptions = {},
): Promise<string[]> {
  const counter = await counterFor(platform);
  const whole = text.trim();
  if (whole === '') return [];
  if (fits(counter, whole, options)) return [whole];
  if (!options.numbered) return cut(counter, whole, options, () => '');
  // The number of digits of the total decides what is left for text; it settles after a round or two.
  for (let digits = 1; ; digits += 1) {
    const room = '9'.repeat(digits);
    const parts = cut(counter, whole, options, (index) => ` ${index + 1}/${room}`);
    if (String(parts.length).length <= digits) {
      return parts.map((part, index) => `${part} ${index + 1}/${parts.length}`);
    }
  }
}

function fits(counter: Counter, text: string, options: CountingOptions): boolean {
  const { used, max, bytes } = counter.count(text, options);
  const bytesMax = counter.rules.text.bytesMax?.value;
  return used <= max && (bytesMax === undefined || (bytes ?? 0) <= bytesMax);
}

function cut(
  counter: Counter,
  text: string,
  options: CountingOptions,
  suffix: (index: number) => string,
): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest !== '') {
    const tail = suffix(parts.length);
    const window = rest.slice(0, WINDOW * counter.count('', options).max);
    const whole = window.length === rest.length && fits(counter, rest + tail, options);
    const length = whole ? rest.length : breakAt(counter, window, tail, options);
    parts.push(rest.slice(0, length).trimEnd());
    rest = rest.slice(length).trimStart();
  }
  return parts;
}

/** UTF-16 length of the part to take from a text that does not fit whole. Always more than 0. */
function breakAt(counter: Counter, text: string, tail: string, options: CountingOptions): number {
  const ends = graphemeEnds(text);
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(counter, text.slice(0, ends[middle]).trimEnd() + tail, options)) low = middle;
    else high = middle - 1;
  }
  const longest = ends[low] ?? text.length;
  for (const pattern of [PARAGRAPH, SENTENCE, SPACE]) {
    const at = lastBreak(text, longest, pattern, pattern === SPACE ? 0 : EARLIEST_BREAK);
    // Where a network shows long addresses shortened, a shorter prefix may count more: check, do not assume.
    if (at !== undefined && fits(counter, text.slice(0, at).trimEnd() + tail, options)) return at;
  }
  return longest;
}

function graphemeEnds(text: string): number[] {
  let end = 0;
  return graphemesOf(text).map((segment) => {
    end += segment.length;
    return end;
  });
}

function lastBreak(text: string, longest: number, pattern: RegExp, earliest: number): number | undefined {
  let found: number | undefined;
  for (const match of text.matchAll(pattern)) {
    const contentEnd = match.index + match[0].trimEnd().length;
    if (contentEnd > longest) break;
    if (contentEnd > 0 && contentEnd >= longest * earliest) found = match.index + match[0].length;
  }
  return found;
}
