import { type ExternalErrorClass, ExternalServiceError, type SendOutcome } from '@/core/errors';
import { BlockedUrlError } from './address-guard';

/** How far one exchange came, as the dispatcher saw it. */
export interface ExchangeState {
  /** The connection stood and the first byte of the request was handed to it. */
  started: boolean;
  /** Failed while resolving, connecting or shaking hands: certainly nothing was sent. */
  connectError?: unknown;
  /** Our own deadline ended it. */
  timedOut?: boolean;
  /** Asked at the last moment before the first byte: is it too late to send? */
  overdue?: () => boolean;
}

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110 §10.2.3). Undefined when absent or unreadable; never
 * negative, and capped at a day so that a broken header cannot park work for ever.
 */
export function parseRetryAfter(value: string | null | undefined, now: Date): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000;
  if (!Number.isFinite(seconds)) return undefined;
  return Math.round(Math.min(Math.max(seconds, 0), 86_400) * 1000);
}

const TIMEOUT_CODES = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : codeOf(cause);
}

/** A certificate does not mend itself within a retry. */
function isCertificateError(code: string | undefined): boolean {
  return code !== undefined && /CERT|UNABLE_TO_VERIFY|SELF_SIGNED|^ERR_TLS/.test(code);
}

/** Classifies a failure of the transport: everything that happens before a complete answer stands. */
export function transportFailure(
  provider: string,
  error: unknown,
  state: ExchangeState,
): ExternalServiceError {
  if (error instanceof ExternalServiceError) return error;
  const cause = state.connectError ?? error;
  const outcome: SendOutcome = state.started ? 'unknown' : 'not_sent';
  if (cause instanceof BlockedUrlError) {
    return new ExternalServiceError(
      cause.reason,
      {
        provider,
        kind: 'invalid_request',
        retryable: false,
        outcome: 'not_sent',
        vendorCode: 'blocked_address',
      },
      { cause },
    );
  }
  const code = codeOf(cause);
  const vendorCode = state.timedOut ? 'deadline' : (code ?? 'transport');
  if (state.timedOut || (code !== undefined && TIMEOUT_CODES.has(code))) {
    return new ExternalServiceError(
      `${provider} did not answer in time.`,
      { provider, kind: 'timeout', retryable: true, outcome, vendorCode },
      { cause },
    );
  }
  return new ExternalServiceError(
    outcome === 'not_sent' ? `${provider} could not be reached.` : `The connection to ${provider} broke.`,
    { provider, kind: 'unavailable', retryable: !isCertificateError(code), outcome, vendorCode },
    { cause },
  );
}

interface StatusRule {
  kind: ExternalErrorClass;
  retryable: boolean;
  outcome: SendOutcome;
}

/** What a status means where a vendor says nothing more precise. */
function statusRule(status: number): StatusRule {
  if (status === 401) return { kind: 'auth_expired', retryable: false, outcome: 'rejected' };
  if (status === 402) return { kind: 'quota', retryable: false, outcome: 'rejected' };
  if (status === 408) return { kind: 'timeout', retryable: true, outcome: 'unknown' };
  if (status === 429) return { kind: 'rate_limit', retryable: true, outcome: 'rejected' };
  if (status === 504) return { kind: 'timeout', retryable: true, outcome: 'unknown' };
  if (status >= 500) return { kind: 'unavailable', retryable: true, outcome: 'unknown' };
  return { kind: 'invalid_request', retryable: false, outcome: 'rejected' };
}

/**
 * The failure that an answer's status stands for. Providers whose vendor is more precise override `kind` and `vendorCode`.
 *
 * @param detail for the log; redact before passing.
 */
export function statusFailure(
  provider: string,
  answer: { status: number; headers: { get(name: string): string | null } },
  options: { now: Date; detail?: string; kind?: ExternalErrorClass; vendorCode?: string },
): ExternalServiceError {
  const rule = statusRule(answer.status);
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), options.now);
  return new ExternalServiceError(
    `${provider} answered ${answer.status}${options.detail ? `: ${options.detail}` : '.'}`,
    {
      provider,
      ...rule,
      ...(options.kind ? { kind: options.kind } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(options.vendorCode ? { vendorCode: options.vendorCode } : {}),
      vendorStatus: answer.status,
    },
  );
}
