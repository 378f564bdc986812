'use client';
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { DocOf, Model } from '@/core/db/model';
import { type LiveQuery, type LiveState, listenerFor } from './live-store';

const IDLE: LiveState<never> = { status: 'loading', items: [], error: null };
const nothing = () => () => undefined;
const idle = () => IDLE;

/**
 * Documents of a query, live. One listener per query however many components use it; it ends when the last one unmounts,
 * pauses in a hidden tab and resumes after being offline. Pass null while the query is not known yet.
 * `retry` starts again after an error.
 */
export function useLiveQuery<M extends Model>(
  query: LiveQuery<M> | null,
): LiveState<DocOf<M>> & { retry: () => void } {
  // Callers build the description inline; its text decides whether it is the same query.
  const key = query
    ? JSON.stringify([query.model.path, query.params, query.where, query.orderBy, query.limit, query.id])
    : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the query.
  const listener = useMemo(() => (query && typeof window !== 'undefined' ? listenerFor(query) : null), [key]);
  const state = useSyncExternalStore(listener?.subscribe ?? nothing, listener?.snapshot ?? idle, idle);
  const retry = useCallback(() => void listener?.start(), [listener]);
  return { ...(state as LiveState<DocOf<M>>), retry };
}

/** One document, live; `item` is null while loading and when it does not exist. */
export function useLiveDoc<M extends Model>(
  model: M,
  id: string | null,
  params?: Record<string, string>,
): Omit<LiveState<DocOf<M>>, 'items'> & { item: DocOf<M> | null; retry: () => void } {
  const { items, ...state } = useLiveQuery<M>(
    id ? { model, ...(params ? { params } : {}), limit: 1, id } : null,
  );
  return { ...state, item: items[0] ?? null };
}
