import type { Firestore } from 'firebase/firestore';
import type { Model } from '@/core/db/model';
import { pathOf, timestampsToDates } from '@/core/db/model';
import { loadFirestore } from './firebase';
import { reportListener } from './live-status';

type Sdk = typeof import('firebase/firestore');

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'array-contains';

/** A listener described as data, so that equal descriptions share one listener. */
export interface LiveQuery<M extends Model> {
  model: M;
  /** Values for the `{placeholders}` of a subcollection's path. */
  params?: Record<string, string>;
  where?: readonly (readonly [field: string, operator: Operator, value: unknown])[];
  orderBy?: readonly (readonly [field: string, direction: 'asc' | 'desc'])[];
  /** Listeners always carry one. */
  limit: number;
  /** One document by its name instead of a query. */
  id?: string;
}

export interface LiveState<T> {
  status: 'loading' | 'live' | 'offline' | 'error';
  items: readonly T[];
  /** Set with status `error`: what a person can be told. */
  error: { title: string; detail: string; code: string } | null;
}

const LOADING: LiveState<never> = { status: 'loading', items: [], error: null };
/** A component that remounts (navigation, strict mode) finds its listener still warm. */
const LINGER_MS = 5_000;
/** A tab in the background stops listening after this; it costs reads nobody sees. */
const HIDDEN_MS = 30_000;

/** One Firestore listener, shared by every component that asks for the same thing. */
export class LiveListener {
  #state: LiveState<unknown> = LOADING;
  #readers = new Set<() => void>();
  #stop: (() => void) | null = null;
  #starting = false;
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly query: LiveQuery<Model>,
    readonly onIdle: () => void,
  ) {}

  snapshot = (): LiveState<unknown> => this.#state;

  subscribe = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    clearTimeout(this.#linger);
    if (!this.#stop) void this.start();
    this.#report();
    return () => {
      this.#readers.delete(reader);
      this.#report();
      if (this.#readers.size > 0) return;
      this.#linger = setTimeout(() => {
        if (this.#readers.size > 0) return;
        this.pause();
        this.onIdle();
      }, LINGER_MS);
    };
  };

  get inUse(): boolean {
    return this.#readers.size > 0;
  }

  async start(): Promise<void> {
    if (this.#stop || this.#starting) return;
    this.#starting = true;
    try {
      const { db, sdk } = await loadFirestore();
      this.#stop =
        this.query.id === undefined
          ? this.#listenQuery(db, sdk)
          : this.#listenDocument(db, sdk, this.query.id);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#starting = false;
    }
  }

  #listenQuery(db: Firestore, sdk: Sdk): () => void {
    const { model, params, where = [], orderBy = [], limit } = this.query;
    const built = sdk.query(
      sdk.collection(db, pathOf(model, params)),
      ...where.map(([field, operator, value]) => sdk.where(field, operator, value)),
      ...orderBy.map(([field, direction]) => sdk.orderBy(field, direction)),
      sdk.limit(limit),
    );
    return sdk.onSnapshot(
      built,
      { includeMetadataChanges: true },
      (snapshot) => {
        const items = snapshot.docs.flatMap((doc) =>
          parse(model, doc.id, doc.data({ serverTimestamps: 'estimate' })),
        );
        this.#receive(items, snapshot.metadata.fromCache);
      },
      (error) => this.#fail(error),
    );
  }

  #listenDocument(db: Firestore, sdk: Sdk, id: string): () => void {
    const { model, params } = this.query;
    return sdk.onSnapshot(
      sdk.doc(db, pathOf(model, params), id),
      { includeMetadataChanges: true },
      (doc) => {
        const items = doc.exists() ? parse(model, doc.id, doc.data({ serverTimestamps: 'estimate' })) : [];
        this.#receive(items, doc.metadata.fromCache);
      },
      (error) => this.#fail(error),
    );
  }

  #receive(items: unknown[], fromCache: boolean): void {
    const offline = fromCache && !navigator.onLine;
    // The first answer from an empty local cache says nothing yet.
    if (fromCache && items.length === 0 && !offline) return;
    this.#set({ status: offline ? 'offline' : 'live', items, error: null });
  }

  pause(): void {
    this.#stop?.();
    this.#stop = null;
  }

  markOffline(): void {
    if (this.#state.status === 'live') this.#set({ ...this.#state, status: 'offline' });
  }

  #set(state: LiveState<unknown>): void {
    this.#state = state;
    for (const reader of this.#readers) reader();
    this.#report();
  }

  #report(): void {
    reportListener(this, this.inUse ? this.#state.status : null);
  }

  #fail(error: unknown): void {
    this.pause();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const denied = code === 'permission-denied';
    this.#set({
      status: 'error',
      items: [],
      error: {
        code,
        title: denied ? 'You have no access to this' : 'Live updates stopped',
        detail: denied
          ? 'Your role in this organisation does not include it. Ask an admin, or switch the organisation.'
          : 'Nothing is lost. Check your connection and try again.',
      },
    });
  }
}

/** The client drops the one bad document and shows the rest. */
function parse(model: Model, id: string, data: unknown): unknown[] {
  const parsed = model.schema.safeParse({ ...(timestampsToDates(data) as object), id });
  if (parsed.success) return [parsed.data];
  // biome-ignore lint/suspicious/noConsole: the browser's console is where a developer looks for this.
  console.warn(`Dropped ${model.path}/${id}: it does not fit its schema.`, parsed.error.issues);
  return [];
}

const listeners = new Map<string, LiveListener>();

/** Equal queries give the same listener. */
export function listenerFor<M extends Model>(query: LiveQuery<M>): LiveListener {
  const key = JSON.stringify([
    pathOf(query.model, query.params),
    query.where ?? [],
    query.orderBy ?? [],
    query.limit,
    query.id ?? null,
  ]);
  let listener = listeners.get(key);
  if (!listener) {
    watchPage();
    listener = new LiveListener(query as unknown as LiveQuery<Model>, () => listeners.delete(key));
    listeners.set(key, listener);
  }
  return listener;
}

/** Ends every listener and forgets what they held: after sign-out nothing of the last person may stay in memory. */
export function closeAllListeners(): void {
  for (const listener of listeners.values()) listener.pause();
  listeners.clear();
}

let watching = false;
function watchPage(): void {
  if (watching) return;
  watching = true;
  let hide: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hide);
    if (document.hidden) {
      hide = setTimeout(() => {
        for (const listener of listeners.values()) listener.pause();
      }, HIDDEN_MS);
    } else {
      for (const listener of listeners.values()) if (listener.inUse) void listener.start();
    }
  });
  window.addEventListener('offline', () => {
    for (const listener of listeners.values()) listener.markOffline();
  });
}
