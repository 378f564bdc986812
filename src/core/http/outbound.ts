import 'server-only';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { context as otelContext, propagation } from '@opentelemetry/api';
import { Agent, buildConnector, type Dispatcher, type FormData as UndiciFormData } from 'undici';
import { ExternalServiceError } from '@/core/errors';
import { metrics } from '@/core/telemetry/metrics';
import { withSpan } from '@/core/telemetry/span';
import { type Clock, systemClock } from '@/core/time/clock';
import { AddressGuard, BlockedUrlError, portOf, type Resolver } from './address-guard';
import { currentContext } from './context';
import { type ExchangeState, transportFailure } from './outbound-failure';
import { OutboundResponse } from './outbound-response';

export type OutboundBody = string | Uint8Array | Readable | ReadableStream<Uint8Array> | UndiciFormData;

export interface OutboundRequest {
  /** Provider id for errors and metrics; the host name when absent. */
  provider?: string;
  method?: string;
  url: string | URL;
  /** A header whose value is undefined is left out. */
  headers?: Record<string, string | undefined>;
  body?: OutboundBody;
  /** Milliseconds for the whole exchange, body included. Default 30 000. */
  timeoutMs?: number;
  /** Longest silence in milliseconds, before the headers and between body chunks. Default: `timeoutMs`. */
  idleTimeoutMs?: number;
  /** Cap on the decompressed body. Default 10 MiB. */
  maxResponseBytes?: number;
  signal?: AbortSignal;
  /** The URL came from a user: only public addresses, resolved once and pinned. */
  guarded?: boolean;
  /** One of our own services: request id and trace context travel along. */
  trusted?: boolean;
  /** Redirects to follow. Default: 3 for a guarded GET or HEAD, else 0 (the 3xx answer is returned). */
  maxRedirects?: number;
  /** Do not reuse a kept-alive connection, which may be dying: for calls that must not be sent twice. */
  freshConnection?: boolean;
  /**
   * Not one byte leaves after this instant, checked when the request goes onto the wire. Timers do not fire while a process
   * is stopped, so a timeout alone would let a call leave long after somebody else took the work over.
   */
  notAfter?: Date;
}

export interface OutboundSettings {
  /** `OUTBOUND_ALLOW_HOSTS`: private hosts that guarded calls may reach all the same. */
  allowHosts?: readonly string[];
  resolver?: Resolver;
  clock?: Clock;
  connectTimeoutMs?: number;
  userAgent?: string;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const CREDENTIAL_HEADER = /auth|cookie|token|secret|api-?key|signature/i;

/** Hop of one exchange: what a redirect may change. */
interface Hop {
  url: URL;
  method: string;
  headers: Record<string, string | undefined>;
  body: OutboundBody | undefined;
  guarded: boolean;
}

/**
 * The one HTTP client for calls to others: bounded in time and size, streaming both ways, every failure classified with
 * what is known about whether the request arrived.
 */
export class OutboundHttp {
  readonly clock: Clock;
  readonly #guard: AddressGuard;
  readonly #agents: Record<'open' | 'guarded' | 'openFresh' | 'guardedFresh', Dispatcher>;
  readonly #userAgent: string;

  constructor(settings: OutboundSettings = {}) {
    this.clock = settings.clock ?? systemClock;
    this.#guard = new AddressGuard(settings.allowHosts ?? [], settings.resolver);
    this.#userAgent = settings.userAgent ?? 'IriSync/1';
    const timeout = settings.connectTimeoutMs ?? 10_000;
    const open = connectorWith(timeout, undefined);
    const guarded = connectorWith(timeout, this.#guard);
    const agent = (connect: buildConnector.connector, pipelining: number) =>
      new Agent({ connect, pipelining, allowH2: false, maxHeaderSize: 64 * 1024 }).compose(noteProgress);
    this.#agents = {
      open: agent(open, 1),
      guarded: agent(guarded, 1),
      openFresh: agent(open, 0),
      guardedFresh: agent(guarded, 0),
    };
  }

  /**
   * Sends a request and returns the answer, whatever its status; the body is still on the wire.
   *
   * @throws ExternalServiceError outcome `not_sent` when nothing left this machine, else `unknown`; kind `invalid_request`
   *   with `vendorCode: blocked_address` when a guarded URL does not lead to the public internet.
   */
  async request(request: OutboundRequest): Promise<OutboundResponse> {
    const url = new URL(request.url);
    const provider = request.provider ?? url.hostname;
    const method = (request.method ?? 'GET').toUpperCase();
    const attributes = { 'http.request.method': method, 'server.address': url.hostname };
    return withSpan(`${method} ${provider}`, attributes, async (span) => {
      try {
        const response = await this.#exchange(request, url, provider, method);
        span.setAttribute('http.response.status_code', response.status);
        if (request.provider) metrics.outbound(provider, `${Math.floor(response.status / 100)}xx`);
        return response;
      } catch (error) {
        if (request.provider && error instanceof ExternalServiceError) metrics.outbound(provider, error.kind);
        throw error;
      }
    });
  }

  async #exchange(
    request: OutboundRequest,
    url: URL,
    provider: string,
    method: string,
  ): Promise<OutboundResponse> {
    const guarded = request.guarded ?? false;
    const followable = method === 'GET' || method === 'HEAD';
    let left = Math.min(request.maxRedirects ?? (guarded && followable ? MAX_REDIRECTS : 0), MAX_REDIRECTS);
    let hop: Hop = { url, method, headers: this.#headers(request), body: request.body, guarded };
    const deadline = new Deadline(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, request.signal);
    for (;;) {
      const response = await this.#send(provider, hop, request, deadline);
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null || left === 0) return response;
      const next = nextHop(hop, response.status, location);
      if (!next) return response;
      await response.drain();
      left -= 1;
      hop = next;
    }
  }

  /**
   * Says why a user-supplied URL would be refused, for a 400 with a path; undefined when it may be called.
   * The answer is advice: a call checks again and connects to exactly the addresses it checked.
   */
  async refusal(url: string): Promise<string | undefined> {
    const parsed = URL.parse(url);
    if (!parsed) return 'This is not a complete address. Start with https://.';
    try {
      this.#guard.checkUrl(parsed);
      await this.#guard.resolvePublic(parsed.hostname, portOf(parsed));
      return undefined;
    } catch (error) {
      if (error instanceof BlockedUrlError) return error.reason;
      return 'This address cannot be found. Check its spelling.';
    }
  }

  /** Closes idle connections; for the end of a process or a test. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#agents).map((agent) => agent.destroy()));
  }

  async #send(
    provider: string,
    hop: Hop,
    request: OutboundRequest,
    deadline: Deadline,
  ): Promise<OutboundResponse> {
    const state = deadline.nextExchange();
    if (request.notAfter) state.overdue = overdueAt(this.clock, request.notAfter);
    const idle = request.idleTimeoutMs ?? request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    try {
      if (hop.guarded) this.#guard.checkUrl(hop.url);
      const agent =
        this.#agents[`${hop.guarded ? 'guarded' : 'open'}${request.freshConnection ? 'Fresh' : ''}`];
      const answer = await agent.request({
        origin: hop.url.origin,
        path: hop.url.pathname + hop.url.search,
        method: hop.method,
        headers: hop.headers,
        body: toDispatcherBody(hop.body),
        signal: deadline.signal,
        headersTimeout: idle,
        bodyTimeout: idle,
        opaque: state,
      });
      return new OutboundResponse({
        provider,
        url: hop.url.href,
        status: answer.statusCode,
        headers: toHeaders(answer.headers),
        body: answer.body,
        maxBytes: request.maxResponseBytes ?? DEFAULT_MAX_BYTES,
        classify: (error) => transportFailure(provider, error, state),
        release: () => deadline.release(),
      });
    } catch (error) {
      deadline.release();
      throw transportFailure(provider, error, state);
    }
  }

  #headers(request: OutboundRequest): Record<string, string | undefined> {
    const headers: Record<string, string | undefined> = {
      'user-agent': this.#userAgent,
      'accept-encoding': 'gzip, br',
    };
    for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
    if (request.trusted) {
      const requestId = currentContext()?.requestId;
      if (requestId) headers['x-request-id'] = requestId;
      propagation.inject(otelContext.active(), headers);
    }
    for (const name of Object.keys(headers)) if (headers[name] === undefined) delete headers[name];
    return headers;
  }
}

/** The time limit of one request with all its redirects, joined with the caller's own signal. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #caller: AbortSignal | undefined;
  readonly #onCallerAbort = () => this.#controller.abort(this.#caller?.reason);
  #exchange: ExchangeState = { started: false };

  constructor(milliseconds: number, caller: AbortSignal | undefined) {
    this.#caller = caller;
    this.#timer = setTimeout(() => {
      this.#exchange.timedOut = true;
      this.#controller.abort();
    }, milliseconds);
    if (caller?.aborted) this.#onCallerAbort();
    else caller?.addEventListener('abort', this.#onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  nextExchange(): ExchangeState {
    this.#exchange = { started: false };
    return this.#exchange;
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#onCallerAbort);
  }
}

/** Errors of the connecting phase; undici hands the very same object on to the request that waited for the connection. */
const connectErrors = new WeakSet<object>();

function connectorWith(timeout: number, guard: AddressGuard | undefined): buildConnector.connector {
  const plain = buildConnector({ timeout, allowH2: false });
  return (options, callback) => {
    const finish: buildConnector.Callback = (...outcome) => {
      if (outcome[0]) connectErrors.add(outcome[0]);
      callback(...outcome);
    };
    if (!guard) {
      plain(options, finish);
      return;
    }
    const port = options.port || (options.protocol === 'https:' ? '443' : '80');
    guard.resolvePublic(options.hostname, port).then(
      (addresses) => {
        // The socket gets the checked addresses in place of the name's next answer, which may be another one.
        const pinned = buildConnector({
          timeout,
          allowH2: false,
          autoSelectFamily: true,
          lookup: (_hostname, _options, done) => done(null, addresses),
        });
        pinned(options, finish);
      },
      (error: Error) => finish(error, null as never),
    );
  };
}

/** Notes when a request goes onto the wire, and whether it failed before. */
function noteProgress(dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch {
  return (options, handler) => {
    const state = (options as { opaque?: ExchangeState }).opaque;
    if (!state) return dispatch(options, handler);
    return dispatch(options, {
      onRequestStart: (controller, context) => {
        if (state.overdue?.()) {
          state.timedOut = true;
          controller.abort(new Error('The last instant to send this has passed.'));
          return;
        }
        handler.onRequestStart?.(controller, context);
        // The handler may have found the request cancelled meanwhile; then nothing is written.
        state.started = !controller.aborted;
      },
      onResponseStart: (...parts) => handler.onResponseStart?.(...parts),
      onResponseData: (...parts) => handler.onResponseData?.(...parts),
      onResponseEnd: (...parts) => handler.onResponseEnd?.(...parts),
      onResponseError: (controller, error) => {
        if (connectErrors.has(error)) state.connectError = error;
        handler.onResponseError?.(controller, error);
      },
    });
  };
}

function overdueAt(clock: Clock, last: Date): () => boolean {
  return () => clock.now() > last;
}

function nextHop(hop: Hop, status: number, location: string): Hop | undefined {
  const url = URL.parse(location, hop.url);
  if (!url) return undefined;
  const toGet = status === 303 || ((status === 301 || status === 302) && hop.method === 'POST');
  const method = toGet && hop.method !== 'HEAD' ? 'GET' : hop.method;
  const body = toGet ? undefined : hop.body;
  // A stream was read by the first try; sending the rest of it would be a lie.
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) return undefined;
  const sameOrigin = url.origin === hop.url.origin;
  const headers = Object.fromEntries(
    Object.entries(hop.headers).filter(
      ([name]) => (sameOrigin || !CREDENTIAL_HEADER.test(name)) && !(toGet && name.startsWith('content-')),
    ),
  );
  // Where another origin leads is that origin's word, not the operator's: guarded from here on.
  return { url, method, headers, body, guarded: hop.guarded || !sameOrigin };
}

function toDispatcherBody(
  body: OutboundBody | undefined,
): string | Uint8Array | Readable | UndiciFormData | null {
  if (body === undefined) return null;
  if (body instanceof ReadableStream) return Readable.fromWeb(body as NodeReadableStream<Uint8Array>);
  return body;
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const single of Array.isArray(value) ? value : value === undefined ? [] : [value]) {
      headers.append(name, single);
    }
  }
  return headers;
}
