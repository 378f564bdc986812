import 'server-only';
import Stripe from 'stripe';
import { type ExternalErrorClass, ExternalServiceError, isSystemError, SystemError } from '@/core/errors';

/** Whatever the SDK threw, classified once. Our own transport's errors, which it wraps, pass through. */
export function fromStripe(error: unknown): unknown {
  const own = ownError(error);
  if (own) return own;
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  if (error instanceof Stripe.errors.StripeCardError) return declined(error);
  const { kind, retryable } = classOf(error);
  const retryAfter = Number(error.headers?.['retry-after'] ?? Number.NaN);
  return new ExternalServiceError(
    `stripe answered ${error.statusCode ?? 'without a status'} (${error.code ?? error.type}): ${redact(error.message)}`,
    {
      provider: 'stripe',
      kind,
      retryable,
      outcome: error.statusCode === undefined ? 'unknown' : 'rejected',
      ...(Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : {}),
      ...(error.statusCode === undefined ? {} : { vendorStatus: error.statusCode }),
      ...(error.code ? { vendorCode: error.code } : {}),
    },
    { cause: error },
  );
}

/** The object does not exist, or never did: an answer rather than a failure. */
export function isMissing(error: unknown): boolean {
  return error instanceof ExternalServiceError && error.vendorCode === 'resource_missing';
}

function declined(error: Stripe.errors.StripeCardError): SystemError {
  return new SystemError(
    'The payment was declined, so nothing was changed. Use another card, or ask your bank.',
    'payment_declined',
    {
      cause: error,
      context: { requestId: error.requestId },
      details: { reason: error.decline_code ?? error.code ?? 'declined' },
    },
  );
}

/** https://docs.stripe.com/error-handling */
function classOf(error: Stripe.errors.StripeError): { kind: ExternalErrorClass; retryable: boolean } {
  if (error instanceof Stripe.errors.StripeRateLimitError || error.statusCode === 429)
    return { kind: 'rate_limit', retryable: true };
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  )
    return { kind: 'auth_expired', retryable: false };
  if (error instanceof Stripe.errors.StripeConnectionError) return { kind: 'unavailable', retryable: true };
  // Another request under the same idempotency key is still running there.
  if (error.statusCode === 409) return { kind: 'unavailable', retryable: true };
  if ((error.statusCode ?? 0) >= 500) return { kind: 'unavailable', retryable: true };
  // No status: an answer that is not JSON.
  if (error.statusCode === undefined) return { kind: 'unknown', retryable: true };
  return { kind: 'invalid_request', retryable: false };
}

function ownError(error: unknown): Error | undefined {
  let at: unknown = error;
  for (let depth = 0; at instanceof Error && depth < 6; depth += 1) {
    if (isSystemError(at)) return at;
    at = at instanceof Stripe.errors.StripeError && at.detail instanceof Error ? at.detail : at.cause;
  }
  return undefined;
}

/** Stripe repeats parts of the key it was given. */
function redact(message: string): string {
  return message.replaceAll(/\b(sk|rk|pk|whsec)_[\w*]+/g, '[redacted]').slice(0, 300);
}
