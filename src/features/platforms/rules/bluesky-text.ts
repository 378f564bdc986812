/**
 * The text as Bluesky will store it: long web addresses are shown shortened and carry their full target in a facet, so what
 * counts is the short form. Browser and provider use this one function; the provider adds the other facets.
 */

export interface LinkSpan {
  /** UTF-16 offsets into `text`. */
  start: number;
  end: number;
  uri: string;
}

export interface RecordText {
  text: string;
  links: LinkSpan[];
}

// Same boundaries and trimming as the network's own client library (`@atproto/api`, rich-text/detection).
const URL = /(^|\s|\()(https?:\/\/\S+)/gi;
const PATH_SHOWN = 13;

function trimmed(candidate: string): string {
  let uri = candidate.replace(/[.,;:!?]$/, '');
  if (uri.endsWith(')') && !uri.includes('(')) uri = uri.slice(0, -1);
  return uri;
}

/** `https://www.example.com/a/very/long/path` → `example.com/a/very/long/...`; not a valid address → unchanged. */
export function shortenedLink(uri: string): string {
  if (!globalThis.URL.canParse(uri)) return uri;
  const url = new globalThis.URL(uri);
  const path = `${url.pathname === '/' ? '' : url.pathname}${url.search}${url.hash}`;
  const shownPath = path.length > PATH_SHOWN + 2 ? `${path.slice(0, PATH_SHOWN)}...` : path;
  const short = `${url.host}${shownPath}`;
  return short.length < uri.length ? short : uri;
}

export function blueskyRecordText(source: string): RecordText {
  const links: LinkSpan[] = [];
  let text = '';
  let copied = 0;
  for (const match of source.matchAll(URL)) {
    const start = match.index + (match[1] ?? '').length;
    const uri = trimmed(match[2] ?? '');
    if (!globalThis.URL.canParse(uri)) continue;
    text += source.slice(copied, start);
    const shown = shortenedLink(uri);
    links.push({ start: text.length, end: text.length + shown.length, uri });
    text += shown;
    copied = start + uri.length;
  }
  return { text: text + source.slice(copied), links };
}
