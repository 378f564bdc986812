/**
 * LinkedIn's "little text": a small markup in which these characters must be escaped wherever they stand, or the rest of the
 * text is cut off. Hashtags have an element of their own.
 * @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format (checked 2026-11-21)
 */
const RESERVED = /[\\|{}@[\]()<>#*_~]/g;
const HASHTAG = /(?<![\p{L}\p{N}_&/])#([\p{L}\p{N}_]*\p{L}[\p{L}\p{N}_]*)/gu;

function escaped(text: string): string {
  return text.replace(RESERVED, (sign) => `\\${sign}`);
}

/** Plain text as LinkedIn wants it: reserved characters escaped, hashtags as hashtags. */
export function toLittleText(text: string): string {
  let written = '';
  let last = 0;
  for (const match of text.matchAll(HASHTAG)) {
    written += `${escaped(text.slice(last, match.index))}{hashtag|\\#|${escaped(match[1] ?? '')}}`;
    last = match.index + match[0].length;
  }
  return written + escaped(text.slice(last));
}

/** What a reader sees of it; for recognising our own posts. */
export function fromLittleText(text: string): string {
  return text
    .replace(/\{hashtag\|\\?#\|((?:\\.|[^}\\])*)\}/g, '#$1')
    .replace(/@\[((?:\\.|[^\]\\])*)\]\([^)]*\)/g, '$1')
    .replace(/\\(.)/gs, '$1');
}
