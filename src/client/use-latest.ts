'use client';
import type { Model } from '@/core/db/model';
import type { LiveQuery } from './live-store';
import { useLiveQuery } from './use-live-query';

const SHOWN = 50;

/** The latest entries of a log, live and newest first, as a `LogList` takes them; `full` where older ones are left out. */
export function useLatest<M extends Model>(model: M, where: NonNullable<LiveQuery<M>['where']>) {
  const { items, status, error, retry } = useLiveQuery<M>({
    model,
    where,
    orderBy: [['createdAt', 'desc']],
    limit: SHOWN,
  });
  return { items, loading: status === 'loading', error, onRetry: retry, full: items.length === SHOWN };
}
