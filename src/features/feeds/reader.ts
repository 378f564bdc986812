import 'server-only';
import { sha256hex } from '@/core/crypto/secrets';
import { ExternalServiceError } from '@/core/errors';
import type { OutboundHttp } from '@/core/http/outbound';
import { statusFailure } from '@/core/http/outbound-failure';
import type { OutboundResponse } from '@/core/http/outbound-response';
import type { Clock } from '@/core/time/clock';
import { feedOfPage, type ParsedFeed, parseFeed } from './parser';
import { FeedFault, faultOf } from './polling';

const TIMEOUT_MS = 15_000;
/** Of the body as it is read, after decompression. */
const BODY_BYTES = 2 * 1024 * 1024;
const HEADER_MAX = 500;
const ACCEPT =
  'application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5';

/** What is known of the last body. */
export interface Validators {
  etag: string | null;
  lastModified: string | null;
  bodyHash: string | null;
}

export interface FeedBody extends Validators {
  feed: ParsedFeed;
}

/** Reads feeds on the public internet: bounded in time and size, never from a private address. */
export class FeedReader {
  constructor(
    readonly http: Pick<OutboundHttp, 'request'>,
    readonly clock: Clock,
  ) {}

  /**
   * The feed as it is now; null when it says what it said before.
   * @throws FeedFault
   */
  async read(url: string, known: Validators | null): Promise<FeedBody | null> {
    const answer = await this.#fetch(url, known);
    if (!answer) return null;
    const { bodyHash, text, address, etag, lastModified } = answer;
    if (known?.bodyHash === bodyHash) return null;
    return { feed: parseFeed(text, address), etag, lastModified, bodyHash };
  }

  /**
   * The feed at an address a person entered: itself, or the one that a web page names.
   * @throws FeedFault
   */
  async discover(url: string): Promise<FeedBody & { url: string }> {
    const answer = await this.#fetch(url, null);
    if (!answer) throw new FeedFault('malformed');
    const named = feedOfPage(answer.text, answer.address);
    if (!named) return { ...bodyOf(answer), url };
    const found = await this.#fetch(named, null);
    if (!found) throw new FeedFault('malformed');
    return { ...bodyOf(found), url: named };
  }

  async #fetch(url: string, known: Validators | null): Promise<Fetched | null> {
    try {
      const response = await this.http.request({
        url,
        guarded: true,
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: BODY_BYTES,
        headers: {
          accept: ACCEPT,
          'if-none-match': known?.etag ?? undefined,
          'if-modified-since': known?.lastModified ?? undefined,
        },
      });
      if (response.status === 304) {
        await response.discard();
        return null;
      }
      if (!response.ok) {
        await response.discard();
        throw statusFailure(new URL(url).hostname, response, { now: this.clock.now() });
      }
      return await fetched(response);
    } catch (error) {
      if (error instanceof ExternalServiceError) throw faultOf(error);
      throw error;
    }
  }
}

interface Fetched extends Validators {
  text: string;
  /** After redirects; what relative links count from. */
  address: string;
}

async function fetched(response: OutboundResponse): Promise<Fetched> {
  const bytes = await response.bytes();
  return {
    text: decoded(bytes, response.headers.get('content-type') ?? ''),
    address: response.url,
    bodyHash: sha256hex(bytes),
    etag: response.headers.get('etag')?.slice(0, HEADER_MAX) ?? null,
    lastModified: response.headers.get('last-modified')?.slice(0, HEADER_MAX) ?? null,
  };
}

function bodyOf({ text, address, bodyHash, etag, lastModified }: Fetched): FeedBody {
  return { feed: parseFeed(text, address), bodyHash, etag, lastModified };
}

/** In the encoding the server or the document names; UTF-8 where neither names one there is. */
function decoded(bytes: Uint8Array, contentType: string): string {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const mark = { þÿ: 'utf-16be', ÿþ: 'utf-16le', 'ï»': 'utf-8' }[start.slice(0, 2)];
  const named =
    mark ??
    /charset\s*=\s*["']?([\w-]+)/i.exec(contentType)?.[1] ??
    /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w-]+)/i.exec(start)?.[1];
  try {
    return new TextDecoder(named ?? 'utf-8').decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder().decode(bytes);
    throw error;
  }
}
