/**
 * How live the page is as a whole. Apart from the listeners themselves, so that the frame of every page can
 * show it without loading them.
 */
export type ListenerStatus = 'loading' | 'live' | 'offline' | 'error';

const statuses = new Map<object, ListenerStatus>();
const readers = new Set<() => void>();

/** A listener reports its state, or null once nobody uses it. */
export function reportListener(listener: object, status: ListenerStatus | null): void {
  if (status === null) statuses.delete(listener);
  else statuses.set(listener, status);
  for (const reader of readers) reader();
}

/** Called whenever `liveStatus` may have changed. */
export function watchLiveStatus(reader: () => void): () => void {
  readers.add(reader);
  return () => void readers.delete(reader);
}

/** The worst state of the listeners in use; `idle` where nothing listens. */
export function liveStatus(): 'idle' | ListenerStatus {
  const present = new Set(statuses.values());
  for (const status of ['error', 'offline', 'loading', 'live'] as const)
    if (present.has(status)) return status;
  return 'idle';
}
