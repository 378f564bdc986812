import 'server-only';
import { type ExternalErrorClass, ExternalServiceError } from '@/core/errors';
import type { OutboundHttp } from '@/core/http/outbound';
import { statusFailure } from '@/core/http/outbound-failure';

export interface ChatHttp {
  http: Pick<OutboundHttp, 'request'>;
  now: () => Date;
  /** Milliseconds one call may take. */
  timeoutMs?: number;
}

export interface ChatAnswer {
  status: number;
  headers: Headers;
  text: string;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 256 * 1024;
const SAID_LENGTH = 300;

/**
 * Posts JSON, or a form where a method takes no JSON. Addresses came from people, so only public ones are called, and no redirect is followed: it would carry a secret on.
 *
 * No circuit breaker: anybody may name an address, and one that is down must not show as trouble of ours.
 */
export async function post(
  { http, timeoutMs = TIMEOUT_MS }: ChatHttp,
  call: { provider: string; url: string; token?: string } & (
    | { json: unknown }
    | { form: Record<string, string> }
  ),
): Promise<ChatAnswer> {
  const response = await http.request({
    provider: call.provider,
    method: 'POST',
    url: call.url,
    headers: {
      'content-type':
        'form' in call ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8',
      authorization: call.token ? `Bearer ${call.token}` : undefined,
    },
    body: 'form' in call ? new URLSearchParams(call.form).toString() : JSON.stringify(call.json),
    guarded: true,
    maxRedirects: 0,
    timeoutMs,
    maxResponseBytes: ANSWER_BYTES,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A refusal in the vendor's own words. `own` overrides what the status alone says. */
export function refusal(
  provider: string,
  name: string,
  answer: ChatAnswer,
  said: string,
  {
    now,
    ...own
  }: { now: Date; kind?: ExternalErrorClass; retryable?: boolean; advice?: string; vendorCode?: string },
): ExternalServiceError {
  const base = statusFailure(provider, answer, { now });
  const words = said.trim().slice(0, SAID_LENGTH);
  const told = words ? `${name} said: ${words}` : `${name} answered ${answer.status}`;
  return new ExternalServiceError(`${told}.${own.advice ? ` ${own.advice}` : ''}`, {
    provider,
    kind: own.kind ?? base.kind,
    retryable: own.retryable ?? base.retryable,
    // An error in an answer of 200 is the vendor's no.
    outcome: answer.status < 300 ? 'rejected' : base.outcome,
    vendorStatus: answer.status,
    ...(own.vendorCode ? { vendorCode: own.vendorCode } : {}),
    ...(base.retryAfterMs === undefined ? {} : { retryAfterMs: base.retryAfterMs }),
  });
}

export function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
