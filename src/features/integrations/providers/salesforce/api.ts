import 'server-only';
import type { Connection } from 'jsforce/lib/connection.js';
import { z } from 'zod';
import { type ExternalErrorClass, ExternalServiceError } from '@/core/errors';
import { statusFailure } from '@/core/http/outbound-failure';
import type { Secret } from '../../credentials/schema';
import type { VendorDependencies } from '../deps';
import type { VendorSession } from '../types';

const PROVIDER = 'salesforce';
const CALL_MS = 60_000;
/** A list of deletions carries up to 600 000 ids. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Calls are counted over the last 24 hours, so some come free at any time: ask again after this. */
const ALLOWANCE_WAIT_MS = 60 * 60_000;
/** Long calls at once are limited too. Longer than a call may take: the job waits, not a process that holds it. */
const CONCURRENCY_WAIT_MS = 60_000;
/** Where Salesforce keeps organisations: world, government, China. Sites that customers fill are under other names. */
const INSTANCE_HOST = /\.(?:salesforce\.com|salesforce\.mil|sfcrmproducts\.cn)$/;

/** A sentence of ours for people, not one of the vendor's. */
export const UNKNOWN_FIELD = 'unknown_field';

export interface SalesforceCall {
  method: string;
  /** Scheme and host. */
  base: string;
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  form?: Record<string, string>;
  token?: string;
  /** The operator chose the host, not an answer of the vendor's. */
  trustedHost?: boolean;
  /** May be sent twice. */
  idempotent: boolean;
  signal?: AbortSignal;
}

export interface SalesforceAnswer {
  status: number;
  headers: Headers;
  text: string;
  body: unknown;
}

/** Sign-in fails with an object, everything else with a list. @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm */
const failureBody = z.union([
  z
    .array(z.object({ message: z.string().optional(), errorCode: z.string().optional() }))
    .min(1)
    .transform((list) => ({ message: list[0]?.message, code: list[0]?.errorCode })),
  z
    .object({ error: z.string(), error_description: z.string().optional() })
    .transform(({ error, error_description }) => ({ message: error_description, code: error })),
]);

/**
 * All calls to Salesforce, under resilience, with failures classified here.
 *
 * jsforce builds requests and reads what it knows of answers; it sends nothing itself. Its own transport follows redirects, obeys
 * proxy variables and asks any host it is told; its own renewal drops the refresh token that Salesforce rotates. So its transport is
 * replaced by the product's one HTTP client, which is guarded wherever the vendor named the host, and it is never given a token.
 */
export class SalesforceApi {
  constructor(readonly deps: VendorDependencies) {}

  get loginUrl(): string {
    return this.deps.env.SALESFORCE_LOGIN_URL.replace(/\/$/, '');
  }

  get #override(): string | undefined {
    return this.deps.env.SALESFORCE_API_BASE_URL?.replace(/\/$/, '');
  }

  /** A connection of jsforce's whose calls are made with the session's secret. Its `limitInfo` tells of the last call. */
  async connection(session: VendorSession): Promise<Connection> {
    const { connectionOver } = await import('./connection');
    return connectionOver((call) => this.authorized(session, call), this.deps.env.SALESFORCE_API_VERSION);
  }

  /** With the session's secret; a refused one is renewed once and the call made again. */
  async authorized(
    session: VendorSession,
    call: Omit<SalesforceCall, 'base' | 'token' | 'signal'>,
  ): Promise<SalesforceAnswer> {
    const send = async (secret: Secret) =>
      this.call(session.owner, {
        ...call,
        base: this.baseOf(secret),
        trustedHost: this.#override !== undefined,
        token: secret.type === 'oauth2' ? secret.accessToken : '',
        signal: session.signal,
      });
    const { version, secret } = await session.secret();
    try {
      return await send(secret);
    } catch (error) {
      if (!(error instanceof ExternalServiceError) || error.kind !== 'auth_expired') throw error;
      await session.renew(version);
      return send((await session.secret()).secret);
    }
  }

  /** Where the organisation of a secret lives. @throws ExternalServiceError for a host that is not Salesforce's. */
  baseOf(secret: Secret): string {
    if (this.#override) return this.#override;
    const told = secret.type === 'oauth2' ? secret.instanceUrl : undefined;
    const url = URL.parse(told ?? '');
    if (url?.protocol === 'https:' && url.port === '' && INSTANCE_HOST.test(url.hostname)) return url.origin;
    throw new ExternalServiceError(
      `Salesforce named a host that is not its own: ${url?.hostname ?? 'none'}.`,
      {
        provider: PROVIDER,
        kind: 'invalid_request',
        retryable: false,
        outcome: 'not_sent',
        vendorCode: 'instance_refused',
      },
    );
  }

  /** @throws ExternalServiceError for every answer outside 2xx and every failure of the transport. */
  call(owner: string, call: SalesforceCall): Promise<SalesforceAnswer> {
    return this.deps.resilience.execute(
      { provider: PROVIDER, credentialOwner: owner },
      (signal) => this.#once(call, signal),
      {
        deadlineMs: CALL_MS,
        idempotent: call.idempotent,
        ...(call.signal ? { signal: call.signal } : {}),
      },
    );
  }

  async #once(call: SalesforceCall, signal: AbortSignal): Promise<SalesforceAnswer> {
    const body = call.form ? new URLSearchParams(call.form).toString() : call.body;
    const response = await this.deps.http.request({
      provider: PROVIDER,
      method: call.method,
      url: `${call.base}${call.path}`,
      headers: {
        accept: 'application/json',
        ...call.headers,
        'content-type': call.form
          ? 'application/x-www-form-urlencoded'
          : body
            ? 'application/json'
            : undefined,
        authorization: call.token ? `Bearer ${call.token}` : undefined,
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: CALL_MS,
      maxResponseBytes: MAX_ANSWER_BYTES,
      guarded: !call.trustedHost,
      maxRedirects: 0,
      signal,
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, text, body: parsed(text) };
    if (!response.ok) throw this.#failure(answer);
    if (answer.body === undefined && text.trim() !== '') throw malformed(answer.status, call.idempotent);
    return answer;
  }

  #failure(answer: SalesforceAnswer): ExternalServiceError {
    const base = statusFailure(PROVIDER, answer, { now: this.deps.clock.now() });
    const said = failureBody.safeParse(answer.body).data;
    const rule: Rule = said ? ruleOf(said.code ?? '', said.message ?? '') : {};
    const { retryAfterMs: usualWait, ...facts } = rule;
    const retryAfterMs = base.retryAfterMs ?? usualWait;
    const missingField = missingFieldOf(said?.message);
    const vendorCode = missingField ? UNKNOWN_FIELD : said?.code;
    return new ExternalServiceError(
      missingField ??
        `Salesforce answered ${answer.status}${said?.message ? `: ${said.message.trim().slice(0, 300)}` : '.'}`,
      {
        provider: PROVIDER,
        kind: base.kind,
        retryable: base.retryable,
        outcome: base.outcome,
        ...facts,
        vendorStatus: answer.status,
        ...(vendorCode ? { vendorCode } : {}),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
    );
  }
}

/** Parses an answer; a shape we do not know is a failure of the vendor's, and nothing is taken from it. */
export function expectShape<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ExternalServiceError('Salesforce answered in an unexpected shape.', {
    provider: PROVIDER,
    kind: 'unknown',
    retryable: false,
    outcome: 'unknown',
    vendorCode: 'unexpected_shape',
  });
}

interface Rule {
  kind?: ExternalErrorClass;
  retryable?: boolean;
  retryAfterMs?: number;
}

/** What Salesforce's own words say more exactly than its status. */
function ruleOf(code: string, message: string): Rule {
  switch (code) {
    case 'REQUEST_LIMIT_EXCEEDED':
      return /concurrent/i.test(message)
        ? { kind: 'rate_limit', retryable: true, retryAfterMs: CONCURRENCY_WAIT_MS }
        : { kind: 'quota', retryable: false, retryAfterMs: ALLOWANCE_WAIT_MS };
    case 'SERVER_UNAVAILABLE':
      return { kind: 'unavailable', retryable: true };
    case 'QUERY_TIMEOUT':
      return { kind: 'timeout', retryable: true };
    case 'INVALID_SESSION_ID':
      // A token without the right scope is refused under the same code; a new one would be refused as well.
      return /not valid for use with/i.test(message) ? { kind: 'invalid_request' } : { kind: 'auth_expired' };
    default:
      return {};
  }
}

/** Salesforce quotes the whole query before it names the field. */
function missingFieldOf(message: string | undefined): string | undefined {
  const [, field, entity] = /No such column '([\w.]+)' on entity '(\w+)'/.exec(message ?? '') ?? [];
  return field && entity ? noSuchField(entity, field) : undefined;
}

export function noSuchField(objectType: string, field: string): string {
  return `Salesforce has no field ${field.slice(0, 80)} on ${objectType}, or the person who connected it may not read it. Change the mapping, or allow reading it there.`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function malformed(status: number, idempotent: boolean): ExternalServiceError {
  return new ExternalServiceError(`Salesforce answered ${status} with a body that is not JSON.`, {
    provider: PROVIDER,
    kind: 'unavailable',
    retryable: idempotent,
    outcome: 'unknown',
    vendorStatus: status,
    vendorCode: 'malformed_body',
  });
}
