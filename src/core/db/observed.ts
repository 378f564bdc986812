import { metrics } from '@/core/telemetry/metrics';

/** `organizations/members` for `organizations/{id}/members/{id}`: a path without its ids, so that labels stay few. */
export function tableOf(path: string): string {
  return path
    .split('/')
    .filter((_, index) => index % 2 === 0)
    .join('/');
}

/**
 * Measures one Firestore operation, successful or not.
 * @param table of the result where the request alone does not tell, as with queries.
 */
export async function observed<T>(
  operation: string,
  table: string | ((result: T) => string),
  run: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  let name = typeof table === 'string' ? table : 'unknown';
  try {
    const result = await run();
    if (typeof table === 'function') name = table(result);
    return result;
  } finally {
    metrics.query({ operation, table: name, seconds: (performance.now() - startedAt) / 1000 });
  }
}
