import { derivedId } from '@/core/crypto/derived-id';
import { sha256hex } from '@/core/crypto/secrets';
import type { FeedEntry, ParsedFeed } from './parser';
import { WAITING_MAX } from './schema';

/** How many hashes are remembered beside those of what the feed shows today. */
const REMEMBERED = 5_000;
/** Parameters that only say where a reader came from; feeds change them from one day to the next. */
const CAMPAIGN = /^(?:utm_|fbclid$|gclid$|mc_[ce]id$)/i;

/** An entry with what it is known by. */
export interface NamedEntry extends FeedEntry {
  /** Names its post. */
  key: string;
  /** By each of these it is recognised. */
  known: string[];
  /** All that is remembered of it. */
  keys: string[];
}

export interface News {
  /** Oldest first. */
  fresh: NamedEntry[];
  /** New, and too many at once. */
  passedOver: number;
  /** To remember from now on; null: nothing changed. */
  keys: string[] | null;
}

/**
 * What is new in a feed, recognised by guid and by link: new order, new dates and new guids under an old link are no news.
 * @param room how many may join those that wait; of more the newest do.
 */
export function newsOf(feed: ParsedFeed, remembered: readonly string[], room = WAITING_MAX): News {
  const seen = new Set(remembered);
  const entries = namedEntries(feed);
  const all = oldestFirst(entries.filter(({ known }) => !known.some((key) => seen.has(key))));
  const fresh = all.slice(Math.max(0, all.length - room));
  const now = entries.flatMap(({ keys }) => keys);
  if (now.every((key) => seen.has(key))) return { fresh, passedOver: 0, keys: null };
  const keys = [...new Set([...now, ...remembered])].slice(0, Math.max(REMEMBERED, new Set(now).size));
  return { fresh, passedOver: all.length - fresh.length, keys };
}

/** The feed's newest entry. */
export function newestOf(feed: ParsedFeed): FeedEntry | null {
  return oldestFirst(feed.entries).at(-1) ?? null;
}

/** Each entry once, with what makes it recognisable. */
export function namedEntries({ entries, siteUrl }: ParsedFeed): NamedEntry[] {
  const once = new Map(entries.map((entry) => [JSON.stringify(marksOf(entry)), entry]));
  const marked = [...once.values()].map((entry) => ({ entry, marks: marksOf(entry) }));
  const count = new Map<string, number>();
  for (const { marks } of marked)
    for (const mark of marks) if (mark) count.set(mark, (count.get(mark) ?? 0) + 1);
  const home = siteUrl && `link:${plainLink(siteUrl)}`;
  const taken = new Set<string>();
  return marked.flatMap(({ entry, marks: [guid, link, words] }) => {
    // What several entries share, or all of the website has, tells none of them apart.
    const telling = [guid, link].filter((mark): mark is string => mark !== null && count.get(mark) === 1);
    const known = telling.filter((mark) => mark !== home).map(hashed);
    if (known.length === 0) known.push(hashed(words));
    const [key = ''] = known;
    if (taken.has(key)) return [];
    taken.add(key);
    const keys = [
      ...new Set([...known, ...[guid, link, words].flatMap((mark) => (mark ? [hashed(mark)] : []))]),
    ];
    return [{ ...entry, key, known, keys }];
  });
}

/** By guid, by link, by words. */
function marksOf({ guid, link, title, summary }: FeedEntry): [string | null, string | null, string] {
  return [
    guid === null ? null : `guid:${guid}`,
    link === null ? null : `link:${plainLink(link)}`,
    `words:${title}\n${summary.slice(0, 200)}`,
  ];
}

function plainLink(address: string): string {
  const url = new URL(address);
  url.hash = '';
  for (const name of [...url.searchParams.keys()]) if (CAMPAIGN.test(name)) url.searchParams.delete(name);
  return `${url.host}${url.pathname.replace(/\/+$/, '')}${url.search}`;
}

/** 96 bits: short, and no two of a feed's entries share one. */
function hashed(mark: string): string {
  return sha256hex(mark).slice(0, 24);
}

/** By date where every entry has one; else feeds begin with what is newest. */
export function oldestFirst<E extends Pick<FeedEntry, 'publishedAt'>>(entries: readonly E[]): E[] {
  const turned = [...entries].reverse();
  if (turned.some(({ publishedAt }) => publishedAt === null)) return turned;
  return turned.sort((a, b) => (a.publishedAt?.getTime() ?? 0) - (b.publishedAt?.getTime() ?? 0));
}

/** One post for one entry of one feed, however often it is made. */
export function postIdOf(feedId: string, key: string): string {
  return `post_${derivedId([feedId, key], 20)}`;
}
