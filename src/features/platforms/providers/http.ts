import 'server-only';
import { type ExternalErrorClass, ExternalServiceError, type SendOutcome } from '@/core/errors';
import type { OutboundBody, OutboundRequest } from '@/core/http/outbound';
import { statusFailure } from '@/core/http/outbound-failure';
import { logger } from '@/core/telemetry/logger';
import { metrics } from '@/core/telemetry/metrics';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { Credentials, ProviderContext, StepFailure } from '@/features/platforms/providers/types';
import type { PlatformId } from '@/features/platforms/schema';

/** A failure of a network, with whose limit it is where it is one. */
export class PlatformError extends ExternalServiceError {
  scope?: 'account' | 'app';
  /** What was prepared is gone at the network: prepare again. */
  discardArtefacts?: true;
}

/** An answer whose JSON body was read whole. */
export interface PlatformAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** What a network's own error words mean, where they say more than the status. */
export interface Classification {
  kind?: ExternalErrorClass;
  retryable?: boolean;
  outcome?: SendOutcome;
  retryAfterMs?: number;
  vendorCode?: string;
  /** The network's sentence, for the timeline. */
  detail?: string;
  scope?: 'account' | 'app';
}
export type Classify = (answer: PlatformAnswer, now: Date) => Classification;

export interface PlatformCall {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string | URL;
  headers?: Record<string, string | undefined>;
  json?: unknown;
  form?: Record<string, string | undefined>;
  body?: OutboundBody;
  /** Bearer token. */
  token?: string;
  signal?: AbortSignal;
  /** The call must be over by then; shortens the timeout. */
  deadline?: Date;
  /** Address came from a user or another server: only public hosts. */
  guarded?: boolean;
  timeoutMs?: number;
  /** May be sent twice. Reads and deletions; never a commit. */
  idempotent?: boolean;
  /** The public-visible request: fresh connection, sent once. */
  commit?: boolean;
  /** Statuses that are answers, not failures. */
  accept?: readonly number[];
  /** What the answer says does not matter, and it may not be JSON: file stores answer in XML, or with nothing. */
  anyBody?: boolean;
}

/** `vendorCode` of a call that named an API version which has ended: a matter for the operator. */
export const API_VERSION_EXPIRED = 'api_version_expired';
const DEFAULT_TIMEOUT_MS = 20_000;
const DETAIL_LENGTH = 300;

/** What carries requests: the outbound client, or for the built-in network a call inside the process. */
export interface PlatformTransport {
  request(
    request: OutboundRequest,
  ): Promise<{ status: number; ok: boolean; headers: Headers; text(): Promise<string> }>;
}

/** All calls to one network: through the one HTTP client, under resilience, with failures classified at this edge. */
export class PlatformHttp {
  /** @param failsInside tells an answer of 2xx that says in its body that the call was refused. */
  constructor(
    readonly platform: PlatformId,
    readonly deps: Pick<PlatformDependencies, 'resilience' | 'clock'> & { http: PlatformTransport },
    readonly classify: Classify,
    readonly failsInside: (body: unknown) => boolean = () => false,
  ) {}

  /**
   * @param owner whose credential is used; keeps one account's trouble from opening the circuit for others.
   * @throws PlatformError for every answer outside 2xx (and `accept`) and every transport failure.
   */
  async call(owner: string, call: PlatformCall): Promise<PlatformAnswer> {
    const left = call.deadline ? call.deadline.getTime() - this.deps.clock.now().getTime() : Infinity;
    const deadlineMs = Math.min(call.timeoutMs ?? DEFAULT_TIMEOUT_MS, left);
    if (deadlineMs <= 0) throw this.#overdue('not_sent');
    let last: unknown;
    let started = false;
    const once = async (signal: AbortSignal) => {
      started = true;
      try {
        return await this.#once(call, signal, deadlineMs);
      } catch (error) {
        last = error;
        throw error;
      }
    };
    try {
      return await this.deps.resilience.execute({ provider: this.platform, credentialOwner: owner }, once, {
        deadlineMs,
        idempotent: !call.commit && (call.idempotent ?? (call.method ?? 'GET') === 'GET'),
        ...(call.signal ? { signal: call.signal } : {}),
      });
    } catch (error) {
      // An aborted call may have arrived: what the transport knows must not be lost to the abort's own reason.
      if (!call.signal?.aborted) throw error;
      throw last instanceof ExternalServiceError ? last : this.#overdue(started ? 'unknown' : 'not_sent');
    }
  }

  #overdue(outcome: SendOutcome): PlatformError {
    return new PlatformError(`The call to ${this.platform} was given up.`, {
      provider: this.platform,
      kind: 'timeout',
      retryable: true,
      outcome,
      vendorCode: 'aborted',
    });
  }

  async #once(call: PlatformCall, signal: AbortSignal, timeoutMs: number): Promise<PlatformAnswer> {
    const { headers, body } = encodeBody(call);
    const response = await this.deps.http.request({
      provider: this.platform,
      method: call.method ?? 'GET',
      url: call.url,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(call.token ? { authorization: `Bearer ${call.token}` } : {}),
        ...call.headers,
      },
      ...(body === undefined ? {} : { body }),
      signal,
      timeoutMs,
      guarded: call.guarded ?? false,
      freshConnection: call.commit ?? false,
      ...(call.deadline ? { notAfter: call.deadline } : {}),
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: parsed(text) };
    if (response.ok || call.accept?.includes(response.status)) {
      if (call.anyBody) return answer;
      // An accepted "not found" may be anybody's page: of a proxy, or of a server without that call.
      if (response.ok && answer.body === undefined && text.trim() !== '') throw this.#malformed(answer);
      if (this.failsInside(answer.body)) throw this.#failure(answer);
      return answer;
    }
    throw this.#failure(answer);
  }

  #failure(answer: PlatformAnswer): PlatformError {
    const now = this.deps.clock.now();
    const said = this.classify(answer, now);
    const base = statusFailure(this.platform, answer, { now });
    const retryAfterMs = base.retryAfterMs ?? said.retryAfterMs;
    const kind = said.kind ?? base.kind;
    const detail = said.detail?.slice(0, DETAIL_LENGTH);
    if (said.vendorCode === API_VERSION_EXPIRED) this.#alertOperator(detail);
    const error = new PlatformError(
      `${this.platform} answered ${answer.status}${detail ? `: ${detail}` : '.'}`,
      {
        provider: this.platform,
        kind,
        retryable: said.retryable ?? retryableByKind(kind, base),
        outcome: said.outcome ?? base.outcome,
        vendorStatus: answer.status,
        ...(said.vendorCode ? { vendorCode: said.vendorCode } : {}),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
    );
    if (said.scope) error.scope = said.scope;
    else if (kind === 'rate_limit' || kind === 'quota') error.scope = 'account';
    return error;
  }

  /** Nobody who posts can help here. */
  #alertOperator(detail: string | undefined): void {
    metrics.apiVersionRefused(this.platform);
    logger.error(
      { platform: this.platform, detail },
      'a network no longer takes the version of its API that is configured',
    );
  }

  /** The network broke its own contract: it may well have done what was asked. */
  #malformed(answer: PlatformAnswer): PlatformError {
    return new PlatformError(`${this.platform} answered ${answer.status} with a body that is not JSON.`, {
      provider: this.platform,
      kind: 'unknown',
      retryable: false,
      outcome: 'unknown',
      vendorStatus: answer.status,
      vendorCode: 'malformed_body',
    });
  }
}

function retryableByKind(kind: ExternalErrorClass, base: ExternalServiceError): boolean {
  return kind === base.kind
    ? base.retryable
    : kind === 'rate_limit' || kind === 'unavailable' || kind === 'timeout';
}

function encodeBody(call: PlatformCall): { headers: Record<string, string>; body?: OutboundBody } {
  if (call.json !== undefined) {
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(call.json) };
  }
  if (call.form) {
    const fields = Object.entries(call.form).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    return {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    };
  }
  return call.body === undefined ? { headers: {} } : { headers: {}, body: call.body };
}

/** Whole numbers that a double cannot hold (64-bit ids) become text: a rounded id names another post. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
        ? (context?.source ?? value)
        : value,
    );
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isExternal(error: unknown, kind?: ExternalErrorClass): error is ExternalServiceError {
  return error instanceof ExternalServiceError && (kind === undefined || error.kind === kind);
}

/**
 * Runs a call that may be repeated: a token that the network refuses is renewed once and the call made again.
 * A commit must not use this; there the refusal goes back to publishing.
 */
export async function authorized<T>(
  ctx: Pick<ProviderContext, 'credentials' | 'renewCredentials'>,
  use: (credentials: Credentials) => Promise<T>,
): Promise<T> {
  const credentials = await ctx.credentials();
  try {
    return await use(credentials);
  } catch (error) {
    if (!isExternal(error, 'auth_expired')) throw error;
    await ctx.renewCredentials(credentials.version);
    return use(await ctx.credentials());
  }
}

/** Turns a thrown failure of the network into the step's `failed` result; anything else is a defect and passes through. */
export async function settled<T>(step: () => Promise<T>): Promise<T | StepFailure> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof ExternalServiceError)) throw error;
    const { scope, discardArtefacts } = error instanceof PlatformError ? error : {};
    return {
      status: 'failed',
      error,
      ...(scope ? { scope } : {}),
      ...(discardArtefacts ? { discardArtefacts } : {}),
    };
  }
}

/** The network understood the request and said no, for good. */
export function refused(
  platform: PlatformId,
  message: string,
  facts: { kind?: ExternalErrorClass; vendorCode?: string; outcome?: SendOutcome } = {},
): PlatformError {
  return new PlatformError(message, {
    provider: platform,
    kind: facts.kind ?? 'invalid_request',
    retryable: false,
    outcome: facts.outcome ?? 'rejected',
    ...(facts.vendorCode ? { vendorCode: facts.vendorCode } : {}),
  });
}

/** An uploaded file is no longer there (it expired between preparing and the commit): nothing was sent, prepare again. */
export function artefactsGone(platform: PlatformId): PlatformError {
  const error = new PlatformError('An uploaded file is no longer at the network. It is uploaded again.', {
    provider: platform,
    kind: 'unavailable',
    retryable: true,
    outcome: 'not_sent',
    vendorCode: 'artefact_missing',
  });
  error.discardArtefacts = true;
  return error;
}

/** Parses what a network answered; a shape we do not know means we do not know what it did. */
export function expectShape<T>(
  platform: PlatformId,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  answer: PlatformAnswer,
): T {
  const result = schema.safeParse(answer.body);
  if (result.success) return result.data;
  throw new PlatformError(`${platform} answered ${answer.status} with an unexpected shape.`, {
    provider: platform,
    kind: 'unknown',
    retryable: false,
    outcome: 'unknown',
    vendorStatus: answer.status,
    vendorCode: 'unexpected_shape',
  });
}
