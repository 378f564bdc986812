import 'server-only';
import type { OutboundHttp, OutboundRequest } from './outbound';
import type { OutboundResponse } from './outbound-response';

export type FetchDefaults = Pick<
  OutboundRequest,
  | 'provider'
  | 'timeoutMs'
  | 'idleTimeoutMs'
  | 'maxResponseBytes'
  | 'guarded'
  | 'trusted'
  | 'maxRedirects'
  | 'freshConnection'
>;

const NULL_BODY = new Set([101, 204, 205, 304]);

/**
 * A `fetch` over {@link OutboundHttp}, for vendor SDKs that accept one: same limits, same guard, same classified failures
 * (an SDK that wraps errors keeps ours as `cause`).
 */
export function outboundFetch(http: OutboundHttp, defaults: FetchDefaults = {}): typeof fetch {
  return async (input, init) => {
    const url = typeof input === 'string' || input instanceof URL ? input : input.url;
    const plain = typeof init?.body === 'string' || init?.body instanceof Uint8Array ? init.body : undefined;
    // A string goes out as it is; everything else (forms, blobs, streams) is serialised by the platform's own Request.
    const needsRequest =
      input instanceof Request || (init?.body !== undefined && init.body !== null && !plain);
    const request = needsRequest ? new Request(input, { ...init, duplex: 'half' } as RequestInit) : undefined;
    const headers = request?.headers ?? new Headers(init?.headers);
    const body = plain ?? request?.body ?? undefined;
    const signal = init?.signal ?? request?.signal;
    const response = await http.request({
      ...defaults,
      url,
      method: request?.method ?? init?.method ?? 'GET',
      headers: Object.fromEntries(headers),
      ...(body === undefined || body === null ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
    return toFetchResponse(response);
  };
}

async function toFetchResponse(answer: OutboundResponse): Promise<Response> {
  const headers = new Headers(answer.headers);
  // The body handed on is decompressed already.
  headers.delete('content-encoding');
  headers.delete('content-length');
  if (NULL_BODY.has(answer.status)) await answer.discard();
  const body = NULL_BODY.has(answer.status) ? null : toWebStream(answer);
  const response = new Response(body, { status: answer.status, headers });
  Object.defineProperty(response, 'url', { value: answer.url });
  return response;
}

function toWebStream(answer: OutboundResponse): ReadableStream<Uint8Array> {
  const chunks = answer.chunks();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await chunks.return();
      await answer.discard();
    },
  });
}
