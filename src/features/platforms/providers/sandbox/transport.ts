import 'server-only';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { OutboundBody } from '@/core/http/outbound';
import { transportFailure } from '@/core/http/outbound-failure';
import type { PlatformTransport } from '@/features/platforms/providers/http';
import type { SandboxNetwork } from '@/features/platforms/sandbox/network';
import { ConnectionBroken, type SandboxRequest } from '@/features/platforms/sandbox/wire';

/** Base address of calls that stay inside the process. Never resolved. */
export const IN_PROCESS = 'https://sandbox.invalid';

async function* bytesOf(body: OutboundBody | undefined): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (typeof body === 'string') yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else if (body instanceof Readable) yield* body;
  else if (body instanceof ReadableStream) yield* Readable.fromWeb(body as NodeReadableStream<Uint8Array>);
  else throw new Error('The sandbox network takes no forms.');
}

/**
 * Calls the sandbox network without leaving the process: the same requests and answers as by HTTP, and the same lost
 * connections, so that app and worker need no address of each other.
 */
export function inProcess(network: () => SandboxNetwork): PlatformTransport {
  return {
    async request(request) {
      const url = new URL(request.url);
      const headers = new Headers();
      for (const [name, value] of Object.entries(request.headers ?? {}))
        if (value !== undefined) headers.set(name, value);
      const call: SandboxRequest = {
        method: request.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        headers,
        body: bytesOf(request.body),
        ...(request.signal ? { signal: request.signal } : {}),
      };
      try {
        const answer = await network().handle(call);
        const text = answer.raw ?? JSON.stringify(answer.body ?? null);
        return {
          status: answer.status,
          ok: answer.status >= 200 && answer.status < 300,
          headers: new Headers(answer.headers ?? {}),
          text: async () => text,
        };
      } catch (error) {
        if (error instanceof ConnectionBroken) throw transportFailure('sandbox', error, { started: true });
        throw error;
      }
    },
  };
}
