import 'server-only';
import { z } from 'zod';
import { type ExternalErrorClass, ExternalServiceError } from '@/core/errors';
import { statusFailure } from '@/core/http/outbound-failure';
import type { VendorDependencies } from '../deps';
import type { VendorSession } from '../types';

const PROVIDER = 'hubspot';
const CALL_MS = 30_000;
/** HubSpot counts a day by the account's own calendar and does not say when it ends: ask again after this. */
const DAILY_WAIT_MS = 60 * 60_000;

export interface HubSpotCall {
  method: string;
  path: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  body?: string;
  token?: string;
  /** May be sent twice. */
  idempotent: boolean;
  signal?: AbortSignal;
}

export interface HubSpotAnswer {
  status: number;
  headers: Headers;
  text: string;
  body: unknown;
}

/** @see https://developers.hubspot.com/docs/api-reference/error-handling */
const failureBody = z.object({
  message: z.string().optional(),
  category: z.string().optional(),
  subCategory: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  policyName: z.string().optional(),
});

/** All calls to HubSpot: through the one HTTP client, under resilience, with failures classified here. */
export class HubSpotApi {
  constructor(readonly deps: VendorDependencies) {}

  get url(): string {
    return (this.deps.env.HUBSPOT_API_BASE_URL ?? 'https://api.hubapi.com').replace(/\/$/, '');
  }

  /** With the session's secret; a refused one is renewed once and the call made again. */
  async authorized(session: VendorSession, call: HubSpotCall): Promise<HubSpotAnswer> {
    const withSecret = async () => {
      const { version, secret } = await session.secret();
      const token = secret.type === 'oauth2' ? secret.accessToken : 'apiKey' in secret ? secret.apiKey : '';
      return { version, token };
    };
    const { version, token } = await withSecret();
    try {
      return await this.call(session.owner, { ...call, token, signal: session.signal });
    } catch (error) {
      if (!(error instanceof ExternalServiceError) || error.kind !== 'auth_expired') throw error;
      await session.renew(version);
      const again = await withSecret();
      return this.call(session.owner, { ...call, token: again.token, signal: session.signal });
    }
  }

  /** @throws ExternalServiceError for every answer outside 2xx and every failure of the transport. */
  call(owner: string, call: HubSpotCall): Promise<HubSpotAnswer> {
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

  async #once(call: HubSpotCall, signal: AbortSignal): Promise<HubSpotAnswer> {
    const { contentType, body } = encoded(call);
    const response = await this.deps.http.request({
      provider: PROVIDER,
      method: call.method,
      url: `${this.url}${call.path}`,
      headers: {
        accept: 'application/json',
        ...call.headers,
        'content-type': contentType,
        authorization: call.token ? `Bearer ${call.token}` : undefined,
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: CALL_MS,
      signal,
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, text, body: parsed(text) };
    if (!response.ok) throw this.#failure(answer);
    if (answer.body === undefined && text.trim() !== '') throw malformed(answer.status, call.idempotent);
    return answer;
  }

  #failure(answer: HubSpotAnswer): ExternalServiceError {
    const now = this.deps.clock.now();
    const said = failureBody.safeParse(answer.body).data ?? {};
    const base = statusFailure(PROVIDER, answer, { now });
    const daily = answer.status === 429 && said.policyName === 'DAILY';
    const kind: ExternalErrorClass = daily ? 'quota' : base.kind;
    const retryAfterMs = base.retryAfterMs ?? (daily ? DAILY_WAIT_MS : undefined);
    const code = said.error ?? said.status ?? said.subCategory ?? said.category;
    return new ExternalServiceError(
      `HubSpot answered ${answer.status}${said.message ? `: ${said.message.slice(0, 300)}` : '.'}`,
      {
        provider: PROVIDER,
        kind,
        retryable: daily ? false : base.retryable,
        outcome: base.outcome,
        vendorStatus: answer.status,
        ...(code ? { vendorCode: code } : {}),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
    );
  }
}

/** Parses an answer; a shape we do not know is a failure of the vendor's, and nothing is taken from it. */
export function expectShape<T>(schema: z.ZodType<T>, answer: HubSpotAnswer): T {
  const result = schema.safeParse(answer.body);
  if (result.success) return result.data;
  throw new ExternalServiceError('HubSpot answered in an unexpected shape.', {
    provider: PROVIDER,
    kind: 'unknown',
    retryable: false,
    outcome: 'unknown',
    vendorStatus: answer.status,
    vendorCode: 'unexpected_shape',
  });
}

function encoded({ json, form, body }: HubSpotCall): {
  contentType: string | undefined;
  body: string | undefined;
} {
  if (form)
    return {
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams(form).toString(),
    };
  const text = json === undefined ? body : JSON.stringify(json);
  return { contentType: text === undefined ? undefined : 'application/json', body: text };
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
  return new ExternalServiceError(`HubSpot answered ${status} with a body that is not JSON.`, {
    provider: PROVIDER,
    kind: 'unavailable',
    retryable: idempotent,
    outcome: 'unknown',
    vendorStatus: status,
    vendorCode: 'malformed_body',
  });
}
