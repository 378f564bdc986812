import 'server-only';
import { after } from 'next/server';
import { logger } from '@/core/telemetry/logger';
import { currentContext } from './context';

/**
 * Runs work once the response is out: at once when there is no request to wait for (worker, scripts, tests).
 * A failure is logged; whatever must not be lost also stands in the outbox.
 */
export function afterResponse(work: () => Promise<unknown>): void {
  const guarded = () =>
    work().then(
      () => undefined,
      (error: unknown) => logger.error({ err: error }, 'work after the response failed'),
    );
  if (!currentContext()) {
    void guarded();
    return;
  }
  try {
    after(guarded);
  } catch {
    // Outside Next's own request scope (worker, tests with a context of their own) there is no response to wait for.
    void guarded();
  }
}
