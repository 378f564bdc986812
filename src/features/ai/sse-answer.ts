import 'server-only';
import { sseResponse } from '@/core/http/sse';
import type { AiStreamEvent } from './schema';

/**
 * A stream of AI events as server-sent events. What goes wrong before the first event is thrown, so that the caller gets a
 * status and a problem document; a caller who leaves aborts the model.
 */
export async function streamedAnswer(
  start: (signal: AbortSignal) => Promise<AsyncIterable<AiStreamEvent>>,
  requestSignal: AbortSignal,
): Promise<Response> {
  const controller = new AbortController();
  const leave = () => controller.abort();
  requestSignal.addEventListener('abort', leave, { once: true });
  const events = await start(controller.signal);
  return sseResponse(async (send, left) => {
    left.addEventListener('abort', leave, { once: true });
    try {
      for await (const { event, data } of events) await send(event, data);
    } finally {
      requestSignal.removeEventListener('abort', leave);
    }
  });
}
