import { AsyncLocalStorage } from 'node:async_hooks';

/** Facts that follow one request through route, service, job and outbound call. */
export interface RequestContext {
  requestId: string;
  /** Firestore documents read so far, counted by `core/db`. A query that finds nothing counts one, as Firestore bills it. */
  documentReads: number;
  documentWrites: number;
  /** Set by the route wrapper once known; for the audit log and structured logs. */
  userId?: string;
  organizationId?: string;
  apiKeyId?: string;
  ip?: string;
  userAgent?: string;
  /** `name;dur=…` entries for `Server-Timing`. */
  timings: { name: string; milliseconds: number }[];
}

const KEY = Symbol.for('irisync.requestContext');
type Holder = { [KEY]?: AsyncLocalStorage<RequestContext> };
const holder = globalThis as Holder;
holder[KEY] ??= new AsyncLocalStorage<RequestContext>();
const storage = holder[KEY];

export function newContext(requestId: string): RequestContext {
  return { requestId, documentReads: 0, documentWrites: 0, timings: [] };
}

export function runInContext<T>(context: RequestContext, run: () => T): T {
  return storage.run(context, run);
}

/** The current request's facts, or undefined outside any request. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}
