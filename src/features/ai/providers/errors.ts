import { type ExternalErrorClass, ExternalServiceError, isSystemError } from '@/core/errors';
import { parseRetryAfter } from '@/core/http/outbound-failure';
import type { ProviderId } from '../schema';

/** What any vendor SDK tells about a refused call, in one form. */
export interface VendorFault {
  status?: number | undefined;
  /** The vendor's machine-readable code or type, lower case. */
  code?: string | undefined;
  message: string;
  retryAfterMs?: number | undefined;
}

/** Marks a model the vendor no longer serves: left at once, without a retry. */
export const RETIRED = 'model_retired';

const CONTEXT_CODES = new Set(['context_length_exceeded', 'string_above_max_length', 'request_too_large']);
const POLICY_CODES = new Set([
  'content_policy_violation',
  'content_filter',
  'moderation_blocked',
  'safety',
  'image_generation_user_error',
]);
const QUOTA_CODES = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active']);
const RETIRED_CODES = new Set(['model_not_found', 'model_not_available', 'model_deprecated']);
const AUTH_CODES = new Set([
  'invalid_api_key',
  'api_key_invalid',
  'authentication_error',
  'permission_error',
]);
const OVERLOAD_CODES = new Set(['overloaded_error', 'server_error', 'service_unavailable', 'overloaded']);

/** Wording is the last resort, for vendors that answer 400 without a code. Matched here at the edge and nowhere else. */
const CONTEXT_TEXT =
  /prompt is too long|context (length|window)|too many (input )?tokens|maximum.{0,40}tokens|token count .{0,40}exceeds/i;
const POLICY_TEXT =
  /content polic|safety system|usage polic|violates|flagged (as|by)|blocked by .{0,30}(safety|filter)/i;
const BILLING_TEXT = /credit balance|billing|insufficient (balance|funds|quota)/i;

/** The class of a vendor's refusal. The order matters: the precise code first, then the status, then the wording. */
export function classOf(fault: VendorFault): { kind: ExternalErrorClass; retryable: boolean; code?: string } {
  const code = fault.code ?? '';
  if (POLICY_CODES.has(code)) return { kind: 'content_policy', retryable: false };
  if (CONTEXT_CODES.has(code)) return { kind: 'context_too_long', retryable: false };
  if (QUOTA_CODES.has(code)) return { kind: 'quota', retryable: false };
  if (RETIRED_CODES.has(code)) return { kind: 'unavailable', retryable: false, code: RETIRED };
  if (AUTH_CODES.has(code)) return { kind: 'auth_expired', retryable: false };
  if (OVERLOAD_CODES.has(code)) return { kind: 'unavailable', retryable: true };
  return classOfStatus(fault);
}

function classOfStatus({ status, message }: VendorFault): ReturnType<typeof classOf> {
  if (status === undefined) return { kind: 'unknown', retryable: true };
  if (status === 401 || status === 403) return { kind: 'auth_expired', retryable: false };
  if (status === 402) return { kind: 'quota', retryable: false };
  if (status === 404 || status === 410) return { kind: 'unavailable', retryable: false, code: RETIRED };
  if (status === 408 || status === 504) return { kind: 'timeout', retryable: true };
  if (status === 413) return { kind: 'context_too_long', retryable: false };
  if (status === 429)
    return BILLING_TEXT.test(message)
      ? { kind: 'quota', retryable: false }
      : { kind: 'rate_limit', retryable: true };
  if (status >= 500) return { kind: 'unavailable', retryable: true };
  if (CONTEXT_TEXT.test(message)) return { kind: 'context_too_long', retryable: false };
  if (POLICY_TEXT.test(message)) return { kind: 'content_policy', retryable: false };
  if (BILLING_TEXT.test(message)) return { kind: 'quota', retryable: false };
  return { kind: 'invalid_request', retryable: false };
}

/** A vendor's refusal as the error the rest of the product decides by. */
export function vendorError(provider: ProviderId, fault: VendorFault, cause?: unknown): ExternalServiceError {
  const { kind, retryable, code } = classOf(fault);
  const vendorCode = code ?? fault.code;
  return new ExternalServiceError(
    `${provider} answered ${fault.status ?? 'without a status'}${vendorCode ? ` (${vendorCode})` : ''}: ${redact(fault.message)}`,
    {
      provider,
      kind,
      retryable,
      outcome: fault.status === undefined ? 'unknown' : 'rejected',
      ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
      ...(fault.status === undefined ? {} : { vendorStatus: fault.status }),
      ...(vendorCode ? { vendorCode } : {}),
    },
    cause === undefined ? {} : { cause },
  );
}

/** A refusal under the vendor's content policy that came as an answer, not as an error status. */
export function policyRefusal(provider: ProviderId, code: string): ExternalServiceError {
  return vendorError(provider, {
    status: 400,
    code: 'content_filter',
    message: `refused the content (${code})`,
  });
}

/** A stream that ended without the vendor's own end mark: cut in the middle. */
export function cutStream(provider: ProviderId): ExternalServiceError {
  return new ExternalServiceError(`The stream of ${provider} ended before its end mark.`, {
    provider,
    kind: 'unavailable',
    retryable: true,
    outcome: 'unknown',
    vendorCode: 'stream_cut',
  });
}

/** An answer that is not what the vendor's own description promises. */
export function malformedAnswer(provider: ProviderId, what: string, cause?: unknown): ExternalServiceError {
  return new ExternalServiceError(
    `${provider} gave an answer we could not read: ${what}.`,
    { provider, kind: 'unknown', retryable: true, outcome: 'unknown', vendorCode: 'malformed_answer' },
    cause === undefined ? {} : { cause },
  );
}

interface SdkError {
  status?: unknown;
  code?: unknown;
  type?: unknown;
  message?: unknown;
  headers?: unknown;
  error?: unknown;
}

/**
 * Whatever an SDK threw, classified once. Our own errors (found anywhere in the chain of causes) pass through; when the
 * call was aborted, the abort's own reason is what happened.
 */
export function fromSdk(
  provider: ProviderId,
  error: unknown,
  facts: { signal: AbortSignal; now: Date; codes?: ReadonlyMap<string, string> },
): unknown {
  if (facts.signal.aborted) return facts.signal.reason;
  const own = ownError(error);
  if (own) return own;
  if (!(error instanceof Error)) return malformedAnswer(provider, 'it threw no error object', error);
  const sdk = error as SdkError;
  const body = bodyOf(sdk.error);
  const raw = firstText(sdk.code, body.code, body.type, sdk.type);
  const status = typeof sdk.status === 'number' ? sdk.status : undefined;
  if (status === undefined && raw === undefined) return malformedAnswer(provider, error.name, error);
  const headers = sdk.headers instanceof Headers ? sdk.headers : undefined;
  return vendorError(
    provider,
    {
      status,
      code: raw === undefined ? undefined : (facts.codes?.get(raw) ?? raw.toLowerCase()),
      message: error.message,
      retryAfterMs: parseRetryAfter(headers?.get('retry-after'), facts.now),
    },
    error,
  );
}

function ownError(error: unknown): ExternalServiceError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth += 1) {
    if (cause instanceof ExternalServiceError || (isSystemError(cause) && 'kind' in cause))
      return cause as ExternalServiceError;
  }
  return undefined;
}

/** OpenAI and Mistral put the error in the body; Anthropic nests it once more. */
function bodyOf(body: unknown): { code?: unknown; type?: unknown } {
  if (typeof body !== 'object' || body === null) return {};
  const inner = (body as { error?: unknown }).error;
  return typeof inner === 'object' && inner !== null ? inner : body;
}

function firstText(...values: unknown[]): string | undefined {
  for (const value of values) {
    if (typeof value === 'string' && value !== '' && value !== 'error') return value;
    if (typeof value === 'number') return String(value);
  }
  return undefined;
}

/** Vendors echo parts of the key and of the prompt; neither belongs in a log. */
function redact(message: string): string {
  return message
    .replaceAll(/\b(sk|key|AIza|r8)[-_]?[A-Za-z0-9*_-]{6,}/g, '[redacted]')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 200);
}
