import type { Clock } from '@/core/time/clock';
import { bearer } from './oauth-server';
import { type FakeAnswer, FakeNetwork, type FakeRequest, must, type NetworkFault, nextId } from './server';

interface Token {
  token: string;
  kind: 'short' | 'long' | 'page';
  issuedAt: number;
  expiresAt: number;
  revoked: boolean;
  scopes: string[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Codes, short and long tokens as Meta hands them out. */
export class MetaTokens {
  readonly #codes = new Map<string, { clientId: string; redirectUri: string; scopes: string[] }>();
  readonly #tokens: Token[] = [];

  constructor(readonly now: () => number) {}

  /** The consent page: the person says yes at once. Scopes are separated by commas. */
  authorize(query: URLSearchParams): FakeAnswer {
    const redirectUri = query.get('redirect_uri') ?? '';
    must(query.get('response_type') === 'code' && query.get('client_id') && redirectUri, {
      status: 400,
      body: { error: 'bad authorize request' },
    });
    const code = nextId('code');
    this.#codes.set(code, {
      clientId: query.get('client_id') ?? '',
      redirectUri,
      scopes: (query.get('scope') ?? '').split(','),
    });
    const target = new URL(redirectUri);
    target.searchParams.set('code', code);
    target.searchParams.set('state', query.get('state') ?? '');
    return { status: 302, headers: { location: target.href } };
  }

  exchange(form: Record<string, string | undefined>): Token {
    const known = this.#codes.get(form.code ?? '');
    this.#codes.delete(form.code ?? '');
    must(
      known && known.redirectUri === form.redirect_uri && known.clientId === form.client_id,
      graphError(400, 100, 'This authorization code has been used.'),
    );
    return this.issue('short', HOUR_MS, known.scopes);
  }

  issue(kind: Token['kind'], lifeMs: number, scopes: string[]): Token {
    const issuedAt = this.now();
    const token: Token = {
      token: nextId(`${kind}-`),
      kind,
      issuedAt,
      expiresAt: issuedAt + lifeMs,
      revoked: false,
      scopes,
    };
    this.#tokens.push(token);
    return token;
  }

  lengthen(text: string): Token {
    return this.issue('long', 60 * DAY_MS, this.known(text).scopes);
  }

  /** Only a living long token that is a day old can be renewed; the old one stays valid. */
  renew(text: string): Token {
    const token = this.known(text);
    must(
      token.kind === 'long' && this.now() - token.issuedAt >= DAY_MS,
      graphError(400, 100, 'This token is too young to be refreshed.'),
    );
    return this.issue('long', 60 * DAY_MS, token.scopes);
  }

  known(text: string): Token {
    const token = this.#tokens.find((one) => one.token === text);
    must(token, graphError(401, 190, 'Invalid OAuth access token - Cannot parse access token'));
    must(
      !token.revoked && token.expiresAt > this.now(),
      graphError(400, 190, 'Error validating access token: Session has expired', token.revoked ? 460 : 463),
    );
    return token;
  }

  expireAll(): void {
    for (const token of this.#tokens) token.expiresAt = 0;
  }

  revokeAll(): void {
    for (const token of this.#tokens) token.revoked = true;
  }
}

export function graphError(status: number, code: number, message: string, subcode?: number): FakeAnswer {
  return {
    status,
    body: {
      error: {
        message,
        type: code === 190 ? 'OAuthException' : 'GraphMethodException',
        code,
        ...(subcode === undefined ? {} : { error_subcode: subcode }),
        fbtrace_id: nextId('trace'),
      },
    },
  };
}

export const objectMissing = (id: string): FakeAnswer =>
  graphError(
    400,
    100,
    `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions`,
    33,
  );

/** Instants as Meta writes them: `2026-11-21T10:00:00+0000`. */
export function stamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, '+0000');
}

/** Meta gives fewer than asked for as it pleases: three, so that turning pages is tested. */
const EDGE_MAX = 3;

/** A page of a list, from the cursor on. */
export function edgePage(items: readonly unknown[], limit: number, after: string | null, url: string) {
  const from = Number(after ?? 0);
  const to = from + Math.min(limit, EDGE_MAX);
  return {
    data: items.slice(from, to),
    paging: {
      cursors: { before: String(from), after: String(to) },
      ...(to < items.length ? { next: `${url}/next?after=${to}` } : {}),
    },
  };
}

/** What all of Meta's Graph APIs share: the error object, usage headers, bearer tokens. */
export abstract class FakeGraph extends FakeNetwork {
  readonly appId = '123456789';
  readonly appSecret = 'app-secret-of-the-fake';
  readonly tokens: MetaTokens;

  constructor(clock: Clock) {
    super(clock);
    this.tokens = new MetaTokens(() => clock.now().getTime());
  }

  protected requireToken(request: FakeRequest) {
    return this.tokens.known(bearer(request.headers));
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return graphError(500, 2, 'Service temporarily unavailable');
    if (kind === 'unauthorized')
      return graphError(401, 190, 'Error validating access token: The session was invalidated', 460);
    if (kind === 'reject') return graphError(400, 506, 'Duplicate status message', 1455006);
    // Meta answers 400 or 403 with a code of its own, and says in minutes when access comes back.
    return {
      ...graphError(403, 32, 'Page request limit reached'),
      headers: {
        'x-business-use-case-usage': JSON.stringify({
          [this.appId]: [
            {
              type: 'pages',
              call_count: 100,
              total_cputime: 25,
              total_time: 25,
              estimated_time_to_regain_access: 1,
            },
          ],
        }),
        ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
      },
    };
  }
}
