/** What a failed call tells the person: the fields of our problem+json answers, all optional. */
export type ApiProblem = {
  title?: string | undefined;
  detail?: string | undefined;
  status?: number | undefined;
  code?: string | undefined;
  requestId?: string | undefined;
};

export type ProblemKind =
  | 'offline'
  | 'signedOut'
  | 'tokens'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'invalid'
  | 'rateLimited'
  | 'unavailable'
  | 'unknown';

const BY_STATUS: Record<number, ProblemKind> = {
  400: 'invalid',
  401: 'signedOut',
  402: 'tokens',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  422: 'invalid',
  429: 'rateLimited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * Reads an `ApiProblem` from whatever was thrown: an error that carries one (`error.problem`), an
 * error with the fields on itself, the plain answer, or anything else.
 */
export function toProblem(error: unknown): ApiProblem {
  if (typeof error !== 'object' || error === null) return {};
  const source: object =
    'problem' in error && typeof error.problem === 'object' && error.problem !== null ? error.problem : error;
  const read = (key: string) => (key in source ? (source as Record<string, unknown>)[key] : undefined);
  const status = read('status');
  return {
    title: text(read('title')),
    detail: text(read('detail')),
    status: typeof status === 'number' ? status : undefined,
    code: text(read('code')),
    requestId: text(read('requestId')) ?? text(read('digest')),
  };
}

/** The one class an error falls in; the words shown for it are chosen from this alone. */
export function problemKind(error: unknown): ProblemKind {
  const { status } = toProblem(error);
  if (status !== undefined && status !== 0) return BY_STATUS[status] ?? 'unknown';
  // fetch rejects with a TypeError when no answer arrived at all.
  if (status === 0 || error instanceof TypeError) return 'offline';
  return 'unknown';
}
