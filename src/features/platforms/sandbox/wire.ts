/** How one talks to the sandbox network: requests and answers as plain values, so that they may travel by HTTP or in process. */

export interface SandboxRequest {
  method: string;
  /** `/v1/posts`, without the base address. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
}

export interface SandboxAnswer {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON, unless `raw` is given. */
  body?: unknown;
  raw?: string;
}

/** The connection breaks without an answer. `processed`: the request took effect all the same. */
export class ConnectionBroken extends Error {
  constructor(readonly processed: boolean) {
    super(processed ? 'The connection broke after the request was accepted.' : 'The connection broke.');
    this.name = 'ConnectionBroken';
  }
}

/** An answer in the network's own error shape. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

const JSON_LIMIT = 100_000;

export async function readJson(request: SandboxRequest): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > JSON_LIMIT) throw new Refusal(413, 'too_large', 'This request is too large.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(400, 'bad_json', 'This is not JSON.');
    throw error;
  }
}
