import type { Instrumentation } from 'next';

/** Runs once when the server starts: wrong settings end it here, with every problem listed. */
export async function register(): Promise<void> {
  // Spelled out for the bundler: it drops the branch from the edge build, which has none of what the server needs.
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { startServer } = await import('@/server/start');
    await startServer();
  }
}

export const onRequestError: Instrumentation.onRequestError = async (error, request) => {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { logger } = await import('@/core/telemetry/logger');
    logger.error(
      { err: error, path: request.path.split('?')[0], method: request.method },
      'a page or route failed',
    );
  }
};
