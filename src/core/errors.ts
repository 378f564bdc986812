/**
 * The one error shape of the product. A service throws a {@link SystemError} (usually a subclass); the HTTP edge turns it
 * into problem+json, a job turns it into an attempt outcome. Anything else that is thrown is a defect: masked, logged, counted.
 */

/** One table from stable error code to HTTP status. A code never changes its meaning once published. */
export const ERROR_STATUS = {
  validation_failed: 400,
  content_blocked: 400,
  context_too_long: 400,
  signature_invalid: 400,
  rules_violated: 400,
  unauthenticated: 401,
  insufficient_tokens: 402,
  tokens_held: 402,
  payment_declined: 402,
  forbidden: 403,
  tier_limit: 403,
  model_not_allowed: 403,
  sandbox_disabled: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_conflict: 409,
  stale_version: 409,
  too_late: 409,
  gone: 410,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  ai_quota_exceeded: 429,
  internal: 500,
  external_service: 502,
  invalid_output: 502,
  provider_rejected_request: 502,
  service_unavailable: 503,
  ai_not_configured: 503,
  ai_timeout: 503,
  ai_unavailable: 503,
  billing_not_configured: 503,
  platform_not_configured: 503,
  integration_not_configured: 503,
  push_not_configured: 503,
  cron_not_configured: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** What kind of trouble an outside system is in. Recovery, fallback and user text are decided from this alone. */
export const EXTERNAL_ERROR_CLASSES = [
  'rate_limit',
  'auth_expired',
  'unavailable',
  'invalid_request',
  'content_policy',
  'context_too_long',
  'quota',
  'timeout',
  'unknown',
] as const;
export type ExternalErrorClass = (typeof EXTERNAL_ERROR_CLASSES)[number];

/** Whether a request reached the other side: decides if it may be sent again. */
export type SendOutcome = 'not_sent' | 'rejected' | 'unknown';

/** One fault in the caller's input. `path` is dotted from the request part: `body.channels.0.zone`. */
export interface FieldFault {
  path: string;
  message: string;
}

export interface SystemErrorOptions {
  cause?: unknown;
  severity?: Severity;
  /** Facts for the log and the support desk; never secrets, never shown to the caller. */
  context?: Record<string, unknown>;
  /** Facts the caller may see, added to the problem document as extension members. */
  details?: Record<string, unknown>;
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  retryAfterSeconds?: number;
}

export class SystemError extends Error {
  readonly code: ErrorCode;
  readonly severity: Severity;
  readonly context: Record<string, unknown>;
  readonly details: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;
  readonly faults: readonly FieldFault[] = [];

  /** @param message shown to the caller as `detail`: plain English, what happened and what to do next. */
  constructor(message: string, code: ErrorCode, options: SystemErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.severity = options.severity ?? 'low';
    this.context = options.context ?? {};
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}

export class ValidationError extends SystemError {
  override readonly faults: readonly FieldFault[];

  constructor(message: string, faults: readonly FieldFault[] = [], code: ErrorCode = 'validation_failed') {
    super(message, code);
    this.faults = faults;
  }

  /** A single fault at a path, the common case in services. */
  static at(path: string, message: string): ValidationError {
    return new ValidationError(message, [{ path, message }]);
  }
}

export class UnauthenticatedError extends SystemError {
  constructor(message = 'Sign in to continue.', options: SystemErrorOptions = {}) {
    super(message, 'unauthenticated', options);
  }
}

export class InsufficientTokensError extends SystemError {
  /** `held`: the balance would suffice once running operations finish; answered 402 with Retry-After. */
  constructor(
    facts: { available: number; needed: number; held: number; nextRefreshDate: Date },
    kind: 'insufficient_tokens' | 'tokens_held' = 'insufficient_tokens',
  ) {
    super(
      kind === 'tokens_held'
        ? `This needs ${facts.needed} tokens. ${facts.available} are free and ${facts.held} are reserved by work in progress. Try again in a moment.`
        : `This needs ${facts.needed} tokens and you have ${facts.available}. Buy more, or wait for your next refresh.`,
      kind,
      {
        details: { ...facts, nextRefreshDate: facts.nextRefreshDate.toISOString() },
        ...(kind === 'tokens_held' ? { retryAfterSeconds: 5 } : {}),
      },
    );
  }
}

export class ForbiddenError extends SystemError {
  constructor(
    message = 'Your role does not allow this. Ask an admin of the organisation.',
    code: ErrorCode = 'forbidden',
    options: SystemErrorOptions = {},
  ) {
    super(message, code, options);
  }
}

export class NotFoundError extends SystemError {
  constructor(what = 'This', options: SystemErrorOptions = {}) {
    super(`${what} was not found, or you have no access to it.`, 'not_found', options);
  }
}

export class ConflictError extends SystemError {
  constructor(message: string, code: ErrorCode = 'conflict', options: SystemErrorOptions = {}) {
    super(message, code, options);
  }
}

export class RateLimitedError extends SystemError {
  constructor(message: string, retryAfterSeconds: number, code: ErrorCode = 'rate_limited') {
    super(message, code, { retryAfterSeconds });
  }
}

export class ServiceUnavailableError extends SystemError {
  constructor(message: string, code: ErrorCode = 'service_unavailable', options: SystemErrorOptions = {}) {
    super(message, code, { severity: 'medium', ...options });
  }
}

export interface ExternalFailure {
  /** Provider id: `openai`, `x`, `hubspot`. */
  provider: string;
  kind: ExternalErrorClass;
  retryable: boolean;
  retryAfterMs?: number;
  /** For commit calls: did the other side get it? Defaults to `unknown`. */
  outcome?: SendOutcome;
  /** Vendor's own status and code, for the log and the attempt timeline. */
  vendorStatus?: number;
  vendorCode?: string;
}

/** A failure of another company's API, classified once at the provider's edge. */
export class ExternalServiceError extends SystemError implements ExternalFailure {
  readonly provider: string;
  readonly kind: ExternalErrorClass;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly outcome: SendOutcome;
  readonly vendorStatus?: number;
  readonly vendorCode?: string;

  /** @param message for the log and attempt timeline; redact before passing. The HTTP edge shows a text derived from `kind`. */
  constructor(message: string, failure: ExternalFailure, options: SystemErrorOptions = {}) {
    super(message, 'external_service', { severity: 'medium', ...options });
    this.provider = failure.provider;
    this.kind = failure.kind;
    this.retryable = failure.retryable;
    if (failure.retryAfterMs !== undefined) this.retryAfterMs = failure.retryAfterMs;
    this.outcome = failure.outcome ?? 'unknown';
    if (failure.vendorStatus !== undefined) this.vendorStatus = failure.vendorStatus;
    if (failure.vendorCode !== undefined) this.vendorCode = failure.vendorCode;
  }
}

/** Narrows without `instanceof` pitfalls across bundles: a SystemError has a code from the table. */
export function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof SystemError ||
    (error instanceof Error &&
      'code' in error &&
      typeof error.code === 'string' &&
      error.code in ERROR_STATUS &&
      'details' in error)
  );
}
