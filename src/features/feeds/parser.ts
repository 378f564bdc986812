import { type AnyFeed, parseFeed as parse } from 'feedsmith';
import { htmlText } from './html-text';
import { shortened, tidied } from './plain-text';
import { FeedFault } from './polling';
import { FEED_LIMITS } from './schema';

/** One entry, as plain text and complete addresses. */
export interface FeedEntry {
  /** As the feed names it. */
  guid: string | null;
  link: string | null;
  title: string;
  summary: string;
  author: string;
  publishedAt: Date | null;
}

export interface ParsedFeed {
  title: string;
  siteUrl: string | null;
  /** In the order of the document, those that say nothing left out. */
  entries: FeedEntry[];
}

/** More than any feed shows; of a longer one the newest count. */
const ENTRIES_MAX = 1_000;
/** Beyond this nothing of a description reaches a summary. */
const DESCRIPTION_MAX = 20_000;

interface RawEntry {
  guid?: string | undefined;
  link?: string | undefined;
  /** HTML, unless `plainTitle`. */
  title?: string | undefined;
  plainTitle?: boolean;
  html?: string | undefined;
  text?: string | undefined;
  author?: string | undefined;
  date?: string | undefined;
  base?: string | undefined;
}
interface RawFeed {
  title?: string | undefined;
  plainTitle?: boolean;
  site?: string | undefined;
  base?: string | undefined;
  entries: RawEntry[];
}

/**
 * Reads RSS, Atom, RDF and JSON Feed. Entities a document declares for itself are never expanded, and nothing it refers to is
 * fetched.
 * @param address where it was found: relative links count from there.
 * @throws FeedFault `malformed`
 */
export function parseFeed(text: string, address: string): ParsedFeed {
  // No feed needs entities of its own; documents that declare some are broken or meant to break things.
  if (/<!ENTITY/i.test(text.slice(0, 100_000))) throw new FeedFault('malformed');
  const raw = rawFeed(readDocument(text));
  const base = addressOf(raw.base, address) ?? address;
  const entries = raw.entries.flatMap((entry) => entryOf(entry, base) ?? []);
  return {
    title: titleOf(raw) || new URL(address).hostname,
    siteUrl: addressOf(raw.site, base),
    entries: entries.length > ENTRIES_MAX ? newest(entries) : entries,
  };
}

function readDocument(text: string): AnyFeed {
  try {
    return parse(text);
  } catch (error) {
    throw new FeedFault('malformed', { cause: error });
  }
}

function rawFeed({ format, feed }: AnyFeed): RawFeed {
  if (format === 'atom') return atom(feed);
  if (format === 'json') return json(feed);
  if (format === 'rdf') return rdf(feed);
  return rss(feed);
}

type Of<F extends AnyFeed['format']> = Extract<AnyFeed, { format: F }>['feed'];

function rss(feed: Of<'rss'>): RawFeed {
  return {
    title: feed.title,
    site: feed.link,
    base: feed.xml?.base ?? feed.link,
    entries: (feed.items ?? []).map((item) => ({
      guid: item.guid?.value,
      // A guid is an address unless it says otherwise, and some feeds have no other.
      link: item.link ?? (item.guid?.isPermaLink === false ? undefined : webAddress(item.guid?.value)),
      title: item.title,
      html: item.description ?? item.content?.encoded,
      author: item.dc?.creators?.[0] ?? item.authors?.[0]?.name ?? item.itunes?.author,
      date: item.pubDate ?? item.dc?.dates?.[0],
      base: item.xml?.base,
    })),
  };
}

function atom(feed: Of<'atom'>): RawFeed {
  return {
    title: feed.title?.value,
    plainTitle: isPlain(feed.title?.type),
    site: alternate(feed.links),
    base: feed.xml?.base,
    entries: (feed.entries ?? []).map((entry) => {
      const body = entry.summary ?? entry.content;
      const plain = isPlain(body?.type);
      return {
        guid: entry.id,
        link: alternate(entry.links),
        title: entry.title?.value,
        plainTitle: isPlain(entry.title?.type),
        ...(plain ? { text: body?.value } : { html: body?.value }),
        author: entry.authors?.[0]?.name ?? feed.authors?.[0]?.name,
        date: entry.published ?? entry.updated,
        base: entry.xml?.base,
      };
    }),
  };
}

function rdf(feed: Of<'rdf'>): RawFeed {
  return {
    title: feed.title,
    site: feed.link,
    base: feed.xml?.base ?? feed.link,
    entries: (feed.items ?? []).map((item) => ({
      guid: item.rdf?.about,
      link: item.link,
      title: item.title,
      html: item.description ?? item.content?.encoded,
      author: item.dc?.creators?.[0],
      date: item.dc?.dates?.[0],
    })),
  };
}

function json(feed: Of<'json'>): RawFeed {
  return {
    title: feed.title,
    plainTitle: true,
    site: feed.home_page_url,
    entries: (feed.items ?? []).map((item) => ({
      guid: item.id,
      link: item.url ?? item.external_url,
      title: item.title,
      plainTitle: true,
      text: item.summary ?? item.content_text,
      html: item.content_html,
      author: item.authors?.[0]?.name ?? feed.authors?.[0]?.name,
      date: item.date_published ?? item.date_modified,
    })),
  };
}

/** https://www.rfc-editor.org/rfc/rfc4287#section-3.1.1: without a type it is text. */
function isPlain(type: string | undefined): boolean {
  return !type || /^text(?:\/plain)?$/i.test(type.trim());
}

function alternate(
  links: readonly { href?: string | undefined; rel?: string | undefined; type?: string | undefined }[] = [],
): string | undefined {
  const pages = links.filter(({ rel }) => !rel || rel === 'alternate');
  return (pages.find(({ type }) => !type || type.includes('html')) ?? pages[0])?.href;
}

function webAddress(text: string | undefined): string | undefined {
  return text && /^https?:\/\//i.test(text.trim()) ? text : undefined;
}

function entryOf(raw: RawEntry, feedBase: string): FeedEntry | null {
  const base = addressOf(raw.base, feedBase) ?? feedBase;
  const body = (raw.text ?? raw.html ?? '').slice(0, DESCRIPTION_MAX);
  const summary = shortened(raw.text === undefined ? htmlText(body) : tidied(body), FEED_LIMITS.summaryMax);
  const title = titleOf(raw) || shortened(summary.split('\n')[0] ?? '', 100);
  const link = addressOf(raw.link, base);
  if (!title && !link) return null;
  return {
    guid: raw.guid?.trim().slice(0, 2_000) || null,
    link,
    title: title || (link ?? ''),
    summary,
    author: shortened(tidied(raw.author ?? '').replaceAll('\n', ' '), FEED_LIMITS.authorMax),
    publishedAt: dateOf(raw.date),
  };
}

function titleOf({ title = '', plainTitle }: { title?: string | undefined; plainTitle?: boolean }): string {
  const text = title.slice(0, DESCRIPTION_MAX);
  const words = (plainTitle ? tidied(text) : htmlText(text)).replaceAll(/\s+/g, ' ');
  return shortened(words, FEED_LIMITS.titleMax);
}

/** A complete address of the web, or null. */
function addressOf(text: string | undefined, base: string): string | null {
  const found = text?.trim() ? URL.parse(text.trim(), base) : null;
  if (!found || !/^https?:$/.test(found.protocol) || found.href.length > FEED_LIMITS.linkMax) return null;
  return found.href;
}

/** Feeds write dates in every way there is; one nobody can read is none. */
function dateOf(text: string | undefined): Date | null {
  const time = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(time);
}

function newest(entries: readonly FeedEntry[]): FeedEntry[] {
  const dated = entries.every(({ publishedAt }) => publishedAt !== null);
  const sorted = dated
    ? [...entries].sort((a, b) => (b.publishedAt?.getTime() ?? 0) - (a.publishedAt?.getTime() ?? 0))
    : entries;
  return sorted.slice(0, ENTRIES_MAX);
}

const LINK_TAG = /<link\b[^>]{0,2000}>/gi;
const FEED_TYPE = /\btype\s*=\s*["']?application\/(?:rss\+xml|atom\+xml|feed\+json)/i;
const HREF = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i;

/** The feed a web page names as its own, or null. */
export function feedOfPage(html: string, address: string): string | null {
  if (!/<html\b/i.test(html.slice(0, 5_000))) return null;
  for (const [tag] of html.slice(0, 200_000).matchAll(LINK_TAG)) {
    if (!FEED_TYPE.test(tag)) continue;
    const href = HREF.exec(tag);
    const found = addressOf(htmlText(href?.[1] ?? href?.[2] ?? href?.[3] ?? ''), address);
    if (found) return found;
  }
  return null;
}
