import { z } from 'zod';
import {
  type ExternalErrorClass,
  ExternalServiceError,
  type FieldFault,
  isSystemError,
  ValidationError,
} from '@/core/errors';

/** RFC 9457 problem document; `code` is the stable key callers branch on. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.output<typeof problemSchema>;

const TITLES: Record<number, string> = {
  400: 'Check your input',
  401: 'Sign in first',
  402: 'Not enough tokens',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition failed',
  413: 'Too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Something went wrong on our side',
  502: 'Another service failed',
  503: 'Not available right now',
};

/** Where a status has more than one meaning. */
const TITLES_BY_CODE: Record<string, string> = { payment_declined: 'Payment declined' };

/** What a caller reads when another company's API fails; the vendor's own words stay in the log. */
const EXTERNAL_DETAIL: Record<ExternalErrorClass, string> = {
  rate_limit: 'is limiting how often we may call it. Try again a little later.',
  auth_expired: 'no longer accepts our access. Reconnect the account and try again.',
  unavailable: 'is not answering right now. Nothing was changed; try again in a moment.',
  invalid_request: 'rejected the request. Check the content against its rules.',
  content_policy: 'refused this content under its policy. Change the text or media.',
  context_too_long: 'cannot take this much text at once. Shorten it and try again.',
  quota: 'says its quota is used up. Try later or raise the quota there.',
  timeout: 'took too long to answer. Look whether it went through before you try again.',
  unknown: 'gave an answer we did not understand. Try again; if it stays, tell us the request id.',
};

export function faultsOf(error: z.ZodError, part: string): FieldFault[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [part, ...issue.path, key].join('.'),
        message: 'Unknown field.',
      }));
    }
    return [{ path: [part, ...issue.path].join('.'), message: issue.message }];
  });
}

export interface ProblemResponse {
  status: number;
  headers: Record<string, string>;
  body: Problem;
  /** True when the error was not one of ours and was masked. */
  unexpected: boolean;
}

/** gRPC: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED (contention), UNAVAILABLE. */
const DATABASE_AWAY = new Set<unknown>([4, 8, 10, 14]);

/** Firestore's errors carry a gRPC number and the server's details. These pass by themselves. */
function isDatabaseAway(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'details' in error && DATABASE_AWAY.has(error.code);
}

/** Turns whatever was thrown into the answer. Unknown errors are masked: the caller gets a request id, the log gets the cause. */
export function toProblem(error: unknown, requestId: string): ProblemResponse {
  const document = (
    status: number,
    code: string,
    detail: string,
    more: Record<string, unknown> = {},
  ): Problem => ({
    ...more,
    type: `https://irisync.app/problems/${code}`,
    title: TITLES_BY_CODE[code] ?? TITLES[status] ?? 'Request failed',
    status,
    code,
    detail,
    requestId,
  });
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };

  if (error instanceof ExternalServiceError) {
    if (error.retryAfterMs !== undefined)
      headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000));
    // A limit of ours, which the call never passed.
    if (error.kind === 'rate_limit' && error.outcome === 'not_sent') {
      const body = document(429, 'rate_limited', `${error.message} Try again a little later.`);
      return { status: 429, headers, body, unexpected: false };
    }
    const detail = `${error.provider} ${EXTERNAL_DETAIL[error.kind]}`;
    const body = document(502, 'external_service', detail, { provider: error.provider, kind: error.kind });
    return { status: 502, headers, body, unexpected: false };
  }
  if (isSystemError(error) && error.code !== 'internal') {
    if (error.retryAfterSeconds !== undefined)
      headers['retry-after'] = String(Math.ceil(error.retryAfterSeconds));
    const faults =
      error instanceof ValidationError || error.faults.length > 0 ? { errors: [...error.faults] } : {};
    const body = document(error.status, error.code, error.message, { ...error.details, ...faults });
    return { status: error.status, headers, body, unexpected: false };
  }
  if (isDatabaseAway(error)) {
    const detail =
      'Our database does not answer right now. If you were saving something, look whether it went through before you try again.';
    const body = document(503, 'service_unavailable', detail);
    return { status: 503, headers: { ...headers, 'retry-after': '5' }, body, unexpected: false };
  }
  const body = document(
    500,
    'internal',
    'Something went wrong on our side and we have been told. Try again; if it stays, send us this request id.',
  );
  return { status: 500, headers, body, unexpected: true };
}
