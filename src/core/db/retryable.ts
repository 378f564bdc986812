/** gRPC codes. */
const INVALID_ARGUMENT = 3;
const ABORTED = 10;
const OVER = /transaction (has expired|is invalid or closed)/i;

/**
 * A read in a transaction that the database has given up meanwhile, because another one came first. Nothing was written, so it
 * may run again; the SDK does that for ABORTED alone, and knows one of the two wordings.
 * @returns the error as the SDK repeats it, else the error itself.
 */
export function repeatable(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code !== INVALID_ARGUMENT || typeof message !== 'string' || !OVER.test(message)) return error;
  return Object.assign(new Error('The transaction was overtaken by another one.', { cause: error }), {
    code: ABORTED,
  });
}
