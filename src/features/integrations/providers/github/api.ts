import 'server-only';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '@/core/time/clock';
import { bearerOf } from '../bearer';
import type { VendorDependencies } from '../deps';
import { type Classified, type VendorAnswer, type VendorCall, VendorHttp } from '../http';
import type { VendorSession } from '../types';

const CALL_MS = 30_000;
const VERSION = '2022-11-28';
/** What a limit without a word about its length asks for. @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const LIMIT_WAIT_MS = 60_000;
/** Characters of answers that are kept to be asked for conditionally. */
const MAX_KEPT = 8_000_000;

export interface GitHubCall extends Omit<VendorCall, 'url'> {
  path: string;
  /** Scheme and host, where it is not the API's. */
  base?: string;
}

const failureBody = z.object({
  message: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});
/** Sign-in refuses with 200. */
const refusedBody = z.object({ error: z.string(), error_description: z.string() });

/** All calls to GitHub. */
export class GitHubApi extends VendorHttp {
  readonly #kept = new LRUCache<string, VendorAnswer>({
    maxSize: MAX_KEPT,
    sizeCalculation: ({ text }) => text.length + 1,
  });

  constructor(deps: VendorDependencies) {
    super(
      {
        type: 'github',
        name: 'GitHub',
        callMs: CALL_MS,
        refuses: ({ body }) => refusedBody.safeParse(body).success,
        classify: (answer) => classify(answer, deps.clock),
      },
      deps,
    );
  }

  get url(): string {
    return (this.deps.env.GITHUB_API_BASE_URL ?? 'https://api.github.com').replace(/\/$/, '');
  }

  get authUrl(): string {
    return (this.deps.env.GITHUB_AUTH_BASE_URL ?? 'https://github.com').replace(/\/$/, '');
  }

  /**
   * Reads, asking only for what is new: an answer that is the same as before costs nothing of the allowance. What is kept belongs to
   * one connection and this process.
   */
  read(session: VendorSession, path: string): Promise<VendorAnswer> {
    const key = `${session.owner} ${path}`;
    return this.withSecret(session, async (secret) => {
      const known = this.#kept.get(key);
      const etag = known?.headers.get('etag');
      const answer = await this.call(session.owner, {
        method: 'GET',
        path,
        token: bearerOf(secret),
        // A repository that was renamed answers from its new place.
        maxRedirects: 2,
        idempotent: true,
        signal: session.signal,
        ...(etag ? { headers: { 'if-none-match': etag }, takes: [304] } : {}),
      });
      if (answer.status === 304 && known) return known;
      if (answer.headers.get('etag')) this.#kept.set(key, answer);
      return answer;
    });
  }

  call(owner: string, { path, base, headers, ...call }: GitHubCall): Promise<VendorAnswer> {
    const about = base ? {} : { accept: 'application/vnd.github+json', 'x-github-api-version': VERSION };
    return this.send(owner, {
      ...call,
      headers: { ...about, ...headers },
      url: `${base ?? this.url}${path}`,
    });
  }
}

function classify({ status, headers, body }: VendorAnswer, clock: Clock): Classified {
  const { message, error, error_description } = failureBody.safeParse(body).data ?? {};
  const spent = headers.get('x-ratelimit-remaining') === '0';
  const limited = spent || headers.has('retry-after') || /rate limit/i.test(message ?? '');
  if (status === 429 || (status === 403 && limited)) {
    const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000 - clock.now().getTime();
    const retryAfterMs = spent && Number.isFinite(reset) ? Math.max(0, reset) : LIMIT_WAIT_MS;
    return { kind: 'rate_limit', retryable: true, retryAfterMs, said: message };
  }
  if (status === 403 && /not accessible by/i.test(message ?? ''))
    return {
      vendorCode: 'missing_scope',
      message: 'The permission was not given: read issues and contents of the repositories.',
    };
  return { said: message ?? error_description, vendorCode: error };
}
