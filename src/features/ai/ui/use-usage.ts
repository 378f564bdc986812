'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { api } from '@/client/api';
import { useLiveQuery } from '@/client/use-live-query';
import { memberModel } from '@/features/organizations/schema';
import type { QuotaResponse, UsageResponse } from '../insight-schema';
import { aiUsageRollupModel } from '../model';
import { aiKey } from './ai-key';
import type { DayRange } from './usage-range';

/** Figures of a range by day, provider, model, task or member; the last ones stay while new ones load. */
export function useUsage(organizationId: string, range: DayRange, groupBy: string) {
  return useQuery({
    queryKey: aiKey(organizationId, 'usage', range, groupBy),
    queryFn: ({ signal }) =>
      api<UsageResponse>('GET', `/api/ai/usage/${organizationId}`, {
        query: { ...range, groupBy, limit: 200 },
        signal,
      }),
    placeholderData: (before, query) => (query?.queryKey[4] === groupBy ? before : undefined),
  });
}

export function useQuota(organizationId: string) {
  return useQuery({
    queryKey: aiKey(organizationId, 'quota'),
    queryFn: ({ signal }) => api<QuotaResponse>('GET', `/api/ai/quota/${organizationId}`, { signal }),
  });
}

/** Somebody uses AI: the figures on the screen follow. The day's own document is counted up at most once a second. */
export function useFollowUsage(organizationId: string, today: string): void {
  const queries = useQueryClient();
  const live = useLiveQuery({
    model: aiUsageRollupModel,
    where: [
      ['organizationId', '==', organizationId],
      ['day', '==', today],
    ],
    limit: 1,
  });
  const requests = live.items[0]?.total.requests;
  useEffect(() => {
    if (requests === undefined) return;
    const timer = setTimeout(() => void queries.invalidateQueries({ queryKey: aiKey(organizationId) }), 400);
    return () => clearTimeout(timer);
  }, [queries, organizationId, requests]);
}

/** Names for ids; without them the screen still works, so a failure here is not shown. */
export function useMemberNames(organizationId: string): ReadonlyMap<string, string> {
  const members = useLiveQuery({
    model: memberModel,
    params: { orgId: organizationId },
    orderBy: [['displayName', 'asc']],
    limit: 200,
  });
  const { items } = members;
  return useMemo(() => new Map(items.map(({ userId, displayName }) => [userId, displayName])), [items]);
}
