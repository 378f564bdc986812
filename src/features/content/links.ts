import type { ChannelSettings, PlatformId } from '@/features/platforms/schema';

/** What becomes of a link on its way out: campaign parameters, and a short form. Pure; editor, API and worker use this one. */

/** Gives each link of a text the form in which it is sent. */
export type LinkForm = (url: string) => string;

/** What a template of a campaign parameter may name. */
export interface LinkValues {
  campaign?: string | undefined;
  channel: string;
  network: PlatformId;
  /** Id of the post. */
  post?: string | undefined;
}

export interface LinkFacts {
  settings: Pick<ChannelSettings, 'links'>;
  values: LinkValues;
  /** Where short links live: `https://app.example`. */
  base: string;
}

export const SHORT_ID_LENGTH = 10;
/** Ids of posts are as long as this one, so that a link counts the same before the post has its own. */
const ID_TO_COME = `post_${'0'.repeat(20)}`;
/** https://dev.bitly.com/api-reference: `https://bit.ly/` and seven characters. */
const EXTERNAL_LENGTH = 22;

const WEB_ADDRESS = /https?:\/\/[^\s<>"'、。，！？）」』】]+/giu;
const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** A full stop after an address ends the sentence; a bracket belongs to the address only if it opened there. */
function withoutTail(found: string): string {
  let url = found;
  for (;;) {
    const last = url.at(-1) ?? '';
    const opener = CLOSERS[last];
    const loose = opener ? url.split(last).length > url.split(opener).length : /[.,;:!?*_~…]/u.test(last);
    if (!loose) return url;
    url = url.slice(0, -1);
  }
}

/** Web addresses of a text, as they stand in it, in order. */
export function urlsIn(text: string): string[] {
  return [...text.matchAll(WEB_ADDRESS)].map(([found]) => withoutTail(found));
}

/** A text with each of its web addresses in the form given. */
export function withLinks(text: string, form: LinkForm): string {
  return text.replace(WEB_ADDRESS, (found) => {
    const url = withoutTail(found);
    return form(url) + found.slice(url.length);
  });
}

const FIELDS = [
  ['source', 'utm_source'],
  ['medium', 'utm_medium'],
  ['campaign', 'utm_campaign'],
] as const;

function filled(template: string, values: LinkValues): string {
  return template
    .replaceAll(/\{\{\s*(campaign|channel|network|post)\s*\}\}/g, (_, name: keyof LinkValues) =>
      String(values[name] ?? (name === 'post' ? ID_TO_COME : '')).replace(/^@/, ''),
    )
    .trim()
    .replaceAll(/\s+/g, '-');
}

/** Adds the channel's campaign parameters. What the address says itself stays, and so does every byte of it. */
export function trackedUrl(url: string, facts: LinkFacts): string {
  const { utm } = facts.settings.links ?? {};
  const parsed = URL.parse(url);
  if (!utm || !parsed || isShort(parsed, facts.base)) return url;
  const added = FIELDS.flatMap(([field, name]) => {
    const value = filled(utm[field] ?? '', facts.values);
    return value === '' || parsed.searchParams.has(name) ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  if (added.length === 0) return url;
  const hash = url.indexOf('#');
  const [head, tail] = hash < 0 ? [url, ''] : [url.slice(0, hash), url.slice(hash)];
  const joint = !head.includes('?') ? '?' : /[?&]$/.test(head) ? '' : '&';
  return `${head}${joint}${added.join('&')}${tail}`;
}

function isShort(url: URL, base: string): boolean {
  return url.origin === URL.parse(base)?.origin && url.pathname.startsWith('/l/');
}

export function shortUrl(base: string, id: string): string {
  return `${base.replace(/\/+$/, '')}/l/${id}`;
}

/** Whether this link is to be shortened: ours are short already. */
export function isShortened(url: string, facts: LinkFacts): boolean {
  const parsed = URL.parse(url);
  const { shortener = 'off' } = facts.settings.links ?? {};
  return parsed !== null && shortener !== 'off' && !isShort(parsed, facts.base);
}

/**
 * The form a link is counted in before it exists. The built-in shortener's links are all of one length; another service's may
 * fail, and then the long address goes out, so the longer of the two counts.
 */
export function countedLinks(facts: LinkFacts): LinkForm {
  return (url) => {
    const long = trackedUrl(url, facts);
    if (!isShortened(url, facts)) return long;
    if (facts.settings.links?.shortener === 'built_in')
      return shortUrl(facts.base, '0'.repeat(SHORT_ID_LENGTH));
    return long.length >= EXTERNAL_LENGTH ? long : `https://bit.ly/${'0'.repeat(7)}`;
  };
}
