import { ExternalServiceError } from '@/core/errors';

/** Thrown by a handler when trying again cannot help: the job becomes a dead letter at once. */
export class PermanentJobError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentJobError';
  }
}

const BASE_MS = 1_000;
const CAP_MS = 3600_000;

/** Is there a point in another try? A vendor's final no, a payload nobody can read, and an explicit word of the handler say no. */
export function isPermanent(error: unknown): boolean {
  return error instanceof PermanentJobError || (error instanceof ExternalServiceError && !error.retryable);
}

/**
 * Milliseconds until the next try: what the other side asked for, else 1 s·2ⁿ up to an hour, half of it jitter.
 * @param attempt tries made, 1 after the first.
 */
export function jobDelayMs(error: unknown, attempt: number, random: () => number, baseMs = BASE_MS): number {
  if (error instanceof ExternalServiceError && error.retryAfterMs !== undefined) return error.retryAfterMs;
  const ceiling = Math.min(baseMs * 2 ** Math.min(attempt - 1, 30), CAP_MS);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}

export interface JobFailure {
  name: string;
  message: string;
  code: string | null;
}

/** What is kept of an error: enough to understand it, short enough for a document. */
export function describeFailure(error: unknown): JobFailure {
  if (!(error instanceof Error)) return { name: 'Unknown', message: String(error).slice(0, 500), code: null };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return { name: error.name, message: error.message.slice(0, 500), code };
}
