/** What every API error looks like to the interface; `ErrorState` knows how to show it. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors: readonly { path: string; message: string }[];
  /** Seconds, when the server says when to try again. */
  readonly retryAfter: number | null;
  /** The whole problem document, for codes that carry more. */
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>, retryAfter: number | null = null) {
    const text = (key: string, fallback: string) => (typeof body[key] === 'string' ? body[key] : fallback);
    super(text('detail', 'The server gave an answer we could not read.'));
    this.name = 'ApiProblem';
    this.status = status;
    this.code = text('code', 'unknown');
    this.title = text('title', 'Request failed');
    this.detail = this.message;
    this.requestId = text('requestId', '');
    this.errors = Array.isArray(body.errors) ? (body.errors as { path: string; message: string }[]) : [];
    this.retryAfter = retryAfter;
    this.body = body;
  }

  /** The message for one field: `fault('body.master.text')`. */
  fault(path: string): string | undefined {
    return this.errors.find((error) => error.path === path)?.message;
  }
}

let organizationId: string | null = null;

/** Called by the session when the active organisation changes; every call then acts in it. */
export function setActiveOrganization(id: string | null): void {
  organizationId = id;
}

export interface ApiOptions {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** A file or other raw body, sent as it is. */
  raw?: BodyInit;
  headers?: Record<string, string>;
  /** Same key, same answer: pass one for every action a person could trigger twice. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

function headersFor(options: ApiOptions): Headers {
  const headers = new Headers(options.headers);
  if (options.body !== undefined) headers.set('content-type', 'application/json');
  if (organizationId) headers.set('x-organization-id', organizationId);
  if (options.idempotencyKey) headers.set('idempotency-key', options.idempotencyKey);
  return headers;
}

/** The raw response of an API call, for streams and files. @throws ApiProblem for any status of 400 or more, and when offline. */
export async function apiResponse(
  method: string,
  path: `/api/${string}`,
  options: ApiOptions = {},
): Promise<Response> {
  const url = new URL(path, window.location.origin);
  for (const [key, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== '') url.searchParams.set(key, String(value));
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: headersFor(options),
      ...(options.body !== undefined
        ? { body: JSON.stringify(options.body) }
        : options.raw
          ? { body: options.raw }
          : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      credentials: 'same-origin',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiProblem(0, {
      code: 'offline',
      title: 'No connection',
      detail: 'We could not reach IriSync. Nothing was lost here; check your connection and try again.',
    });
  }
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => ({}));
  const after = Number(response.headers.get('retry-after'));
  throw new ApiProblem(
    response.status,
    { requestId: response.headers.get('x-request-id') ?? '', ...(body as object) },
    Number.isFinite(after) && after > 0 ? after : null,
  );
}

/** Calls the API and gives the JSON answer. @throws ApiProblem */
export async function api<T>(method: string, path: `/api/${string}`, options: ApiOptions = {}): Promise<T> {
  const response = await apiResponse(method, path, options);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export interface ServerEvent {
  event: string;
  data: unknown;
}

/** Reads a server-sent event stream of a POST as it arrives. Ends when the server ends it. @throws ApiProblem */
export async function* apiStream(
  path: `/api/${string}`,
  options: ApiOptions = {},
): AsyncGenerator<ServerEvent> {
  const response = await apiResponse('POST', path, {
    ...options,
    headers: { ...options.headers, accept: 'text/event-stream' },
  });
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value;
    let end = buffer.indexOf('\n\n');
    while (end !== -1) {
      const parsed = parseEvent(buffer.slice(0, end));
      buffer = buffer.slice(end + 2);
      if (parsed) yield parsed;
      end = buffer.indexOf('\n\n');
    }
  }
}

/** One block of the stream; comments (heartbeats) give null. */
export function parseEvent(block: string): ServerEvent | null {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
  }
  return data.length > 0 ? { event, data: JSON.parse(data.join('\n')) } : null;
}
