import 'server-only';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { z } from 'zod';
import { type ExternalErrorClass, ExternalServiceError, type SendOutcome } from '@/core/errors';
import type { OutboundRequest } from '@/core/http/outbound';
import { statusFailure } from '@/core/http/outbound-failure';
import { logger } from '@/core/telemetry/logger';
import type { IntegrationType } from '../connections/schema';
import type { Secret } from '../credentials/schema';
import type { CallAnswer, Permit } from '../limits/gate';
import type { CallPriority } from '../limits/schema';
import type { VendorDependencies } from './deps';
import type { VendorSession } from './types';

export interface VendorCall
  extends Pick<OutboundRequest, 'guarded' | 'maxRedirects' | 'maxResponseBytes' | 'signal'> {
  method: string;
  url: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  body?: string;
  /** Bearer token. */
  token?: string;
  /** May be sent twice. */
  idempotent: boolean;
  /** A kind of call that the vendor counts apart: `search`, `message:C1`. */
  operation?: string;
  /** Statuses outside 2xx that are answers too. */
  takes?: readonly number[];
}

/** An answer, read whole. */
export interface VendorAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** Undefined for an empty one. */
  body: unknown;
}

/** What a vendor's own words say more exactly than its status. */
export interface Classified {
  kind?: ExternalErrorClass;
  retryable?: boolean;
  retryAfterMs?: number;
  outcome?: SendOutcome;
  vendorCode?: string | undefined;
  /** The vendor's own sentence. */
  said?: string | undefined;
  /** A sentence of ours in place of it. */
  message?: string | undefined;
}

interface Vendor {
  type: IntegrationType;
  name: string;
  /** The longest a call may take. Milliseconds. */
  callMs: number;
  /** Whether an answer of 2xx is a refusal all the same. */
  refuses?(answer: VendorAnswer): boolean;
  classify(answer: VendorAnswer): Classified;
}

const SAID_LENGTH = 300;
/** A repeat waits for its place no longer than this: its call's own time is running. */
const REPEAT_WAIT_MS = 2_000;

/** The priority of the session in whose name a call is made, so that no vendor's file has to hand it on. */
const inSession = new AsyncLocalStorage<CallPriority>();

/** All calls to one vendor: through the one HTTP client, under resilience, with failures classified at this edge. */
export class VendorHttp {
  constructor(
    readonly vendor: Vendor,
    readonly deps: VendorDependencies,
  ) {}

  /** Makes a call with the session's secret; a refused one is renewed once and the call made again. */
  async withSecret<T>(session: VendorSession, call: (secret: Secret) => Promise<T>): Promise<T> {
    const { version, secret } = await session.secret();
    const made = (current: Secret) => inSession.run(session.priority ?? 'normal', () => call(current));
    try {
      return await made(secret);
    } catch (error) {
      if (!(error instanceof ExternalServiceError) || error.kind !== 'auth_expired') throw error;
      await session.renew(version);
      return made((await session.secret()).secret);
    }
  }

  /**
   * @param owner whose credential it is: one customer's trouble must not stop the others.
   * @throws ExternalServiceError for every answer outside 2xx, every failure of the transport, and `rate_limit`, never sent, when
   *   there is no place in the connection's limits in time.
   */
  async send(owner: string, call: VendorCall): Promise<VendorAnswer> {
    const { type: provider, callMs: deadlineMs } = this.vendor;
    // The wait for a place is no part of the call's own time. A repeat needs a place of its own.
    let place: Permit | undefined = await this.#place(owner, call);
    let failure: unknown;
    const attempt = async (signal: AbortSignal) => {
      const permit = place ?? (await this.#placeAgain(owner, call, signal, failure));
      place = undefined;
      try {
        return await this.#counted(call, signal, permit);
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    try {
      return await this.deps.resilience.execute({ provider, credentialOwner: owner }, attempt, {
        deadlineMs,
        idempotent: call.idempotent,
        ...(call.signal ? { signal: call.signal } : {}),
      });
    } finally {
      await place?.done({ headers: null, limited: false, retryAfterMs: undefined });
    }
  }

  async #place(
    owner: string,
    { operation, signal }: Pick<VendorCall, 'operation' | 'signal'>,
    maxWaitMs?: number,
  ): Promise<Permit | undefined> {
    const { type: vendor, name: vendorName, callMs } = this.vendor;
    const priority = inSession.getStore() ?? 'normal';
    const asked = { vendor, vendorName, owner, operation, priority, callMs, maxWaitMs, signal };
    return this.deps.gate?.admit(asked);
  }

  /** What came of the try before is the truth; that there was no place for another must not hide it. */
  async #placeAgain(
    owner: string,
    { operation }: VendorCall,
    signal: AbortSignal,
    failure: unknown,
  ): Promise<Permit | undefined> {
    try {
      return await this.#place(owner, { ...(operation ? { operation } : {}), signal }, REPEAT_WAIT_MS);
    } catch (error) {
      throw failure ?? error;
    }
  }

  async #counted(call: VendorCall, signal: AbortSignal, permit: Permit | undefined): Promise<VendorAnswer> {
    const answer: CallAnswer = { headers: null, limited: false, retryAfterMs: undefined };
    try {
      return await this.#once(call, signal, (headers) => {
        answer.headers = headers;
      });
    } catch (error) {
      if (error instanceof ExternalServiceError) {
        answer.limited = error.kind === 'rate_limit' || error.kind === 'quota';
        answer.retryAfterMs = error.retryAfterMs;
      }
      throw error;
    } finally {
      await permit?.done(answer);
    }
  }

  /** Parses an answer; a shape we do not know is a failure of the vendor's, and nothing is taken from it. */
  shaped<T>(schema: z.ZodType<T>, body: unknown): T {
    const result = schema.safeParse(body);
    if (result.success) return result.data;
    throw this.#failure(`${this.vendor.name} answered in an unexpected shape.`, 'unexpected_shape');
  }

  /** @throws ExternalServiceError `missing_scope` unless nothing is missing. */
  requireScopes(missing: readonly string[]): void {
    if (missing.length === 0) return;
    throw new ExternalServiceError(`The permission was not given: ${missing.join(', ')}.`, {
      provider: this.vendor.type,
      kind: 'invalid_request',
      retryable: false,
      outcome: 'rejected',
      vendorCode: 'missing_scope',
    });
  }

  /**
   * What a failed token call means. Only a refused grant is `auth_expired`: a wrong client is the operator's to mend and must
   * disconnect nobody.
   * @param ended the vendor's codes for a grant that is gone.
   */
  tokenFailure(error: unknown, ended: ReadonlySet<string>): unknown {
    if (
      !(error instanceof ExternalServiceError) ||
      error.outcome !== 'rejected' ||
      error.kind === 'rate_limit'
    )
      return error;
    const gone = ended.has(error.vendorCode ?? '');
    if (!gone) logger.error({ err: error }, `${this.vendor.name} refused a token call of ours`);
    return new ExternalServiceError(
      error.message,
      {
        provider: this.vendor.type,
        kind: gone ? 'auth_expired' : 'unavailable',
        retryable: false,
        outcome: gone ? 'rejected' : 'not_sent',
        ...(error.vendorCode ? { vendorCode: error.vendorCode } : {}),
      },
      { cause: error },
    );
  }

  async #once(
    call: VendorCall,
    signal: AbortSignal,
    heard: (headers: Headers) => void,
  ): Promise<VendorAnswer> {
    const { url, method, token, idempotent, json, form, takes, signal: _, operation: _o, ...request } = call;
    const body = form
      ? new URLSearchParams(form).toString()
      : json === undefined
        ? call.body
        : JSON.stringify(json);
    const contentType = form ? 'application/x-www-form-urlencoded' : body && 'application/json';
    const { body: __, headers, ...limits } = request;
    const response = await this.deps.http.request({
      ...limits,
      provider: this.vendor.type,
      method,
      url,
      headers: {
        accept: 'application/json',
        ...headers,
        'content-type': contentType,
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: this.vendor.callMs,
      signal,
    });
    heard(response.headers);
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, text, body: parsed(text) };
    const taken = response.ok ? !this.vendor.refuses?.(answer) : takes?.includes(answer.status);
    if (!taken) throw this.#refusal(answer, secretsOf(call));
    if (answer.body === undefined && text.trim() !== '')
      throw this.#failure(
        `${this.vendor.name} answered ${answer.status} with a body that is not JSON.`,
        'malformed_body',
        { kind: 'unavailable', retryable: idempotent, status: answer.status },
      );
    return answer;
  }

  #refusal(answer: VendorAnswer, secrets: readonly string[]): ExternalServiceError {
    const { type: provider, name } = this.vendor;
    const base = statusFailure(provider, answer, { now: this.deps.clock.now() });
    const { kind, retryable, vendorCode, said, message, ...own } = this.vendor.classify(answer);
    const retryAfterMs = base.retryAfterMs ?? own.retryAfterMs;
    const told = said ? `: ${without(secrets, said).trim().slice(0, SAID_LENGTH)}` : '.';
    return new ExternalServiceError(message ?? `${name} answered ${answer.status}${told}`, {
      provider,
      kind: kind ?? base.kind,
      retryable: retryable ?? base.retryable,
      outcome: own.outcome ?? base.outcome,
      vendorStatus: answer.status,
      ...(vendorCode ? { vendorCode } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  /** The vendor broke its own contract: it may well have done what was asked. */
  #failure(
    message: string,
    vendorCode: string,
    facts: { kind?: ExternalErrorClass; retryable?: boolean; status?: number } = {},
  ): ExternalServiceError {
    return new ExternalServiceError(message, {
      provider: this.vendor.type,
      kind: facts.kind ?? 'unknown',
      retryable: facts.retryable ?? false,
      outcome: 'unknown',
      vendorCode,
      ...(facts.status === undefined ? {} : { vendorStatus: facts.status }),
    });
  }
}

/** Fields of a form or of JSON whose values are nobody's to see. */
const SECRET_FIELD = /token|secret|assertion|verifier|password|^code$|key$/i;
const SHORTEST_SECRET = 8;

/** What a call carries that must not come back in words which people or logs get to see. */
function secretsOf({ token, headers, form, json }: VendorCall): string[] {
  const fields = { ...form, ...(typeof json === 'object' ? json : {}) };
  const given = Object.entries(fields).flatMap(([name, value]) =>
    SECRET_FIELD.test(name) && typeof value === 'string' ? [value] : [],
  );
  const signed = headers?.authorization?.split(' ').at(-1);
  const all = [token, signed, ...given].filter((one) => one !== undefined && one.length >= SHORTEST_SECRET);
  return (all as string[]).flatMap((one) => [one, encodeURIComponent(one)]);
}

/** Vendors repeat what they were sent. */
function without(secrets: readonly string[], words: string): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '[hidden]'), words);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
