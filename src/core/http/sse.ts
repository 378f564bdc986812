import 'server-only';
import { logger } from '@/core/telemetry/logger';

/** Writes one server-sent event; resolves when the client's buffer took it, so a slow reader slows the source. */
export type SendEvent = (event: string, data: unknown) => Promise<void>;

const HEARTBEAT_MS = 15_000;

/**
 * A server-sent event stream. `run` writes events until it returns; `signal` aborts when the client leaves.
 * Comments keep idle proxies from closing the connection.
 */
export function sseResponse(
  run: (send: SendEvent, signal: AbortSignal) => Promise<void>,
  options: { heartbeatMs?: number; headers?: Record<string, string> } = {},
): Response {
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const left = new AbortController();
  const write = async (chunk: string) => {
    if (left.signal.aborted) return;
    try {
      await writer.write(encoder.encode(chunk));
    } catch {
      // The reader is gone; the source learns it through the signal.
      left.abort();
    }
  };
  writer.closed.catch(() => left.abort());
  const heartbeat = setInterval(() => void write(': keep-alive\n\n'), options.heartbeatMs ?? HEARTBEAT_MS);
  const send: SendEvent = (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

  void (async () => {
    try {
      await run(send, left.signal);
    } catch (error) {
      logger.error({ err: error }, 'an event stream ended with an unhandled error');
    } finally {
      clearInterval(heartbeat);
      await writer.close().catch(() => left.abort());
    }
  })();

  return new Response(readable, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...options.headers,
    },
  });
}
