'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '@/client/api';
import { useLiveQuery } from '@/client/use-live-query';
import { rollupModel } from '@/features/analytics/schema';
import type { Overview, Performance, Period } from '../schema';

export interface DashboardScope {
  organizationId: string;
  period: Period;
  /** Connection id, or null for all channels. */
  channel: string | null;
}

const keyOf = (scope: DashboardScope, what: string) =>
  ['dashboard', scope.organizationId, what, scope.period, scope.channel] as const;

/** Figures and results of a scope; they follow the roll-ups, which a listener watches. */
export function useDashboard(scope: DashboardScope) {
  const query = { period: scope.period, channel: scope.channel ?? undefined };
  const overview = useQuery({
    queryKey: keyOf(scope, 'overview'),
    queryFn: () => api<Overview>('GET', '/api/dashboard/overview', { query }),
    placeholderData: (before) => before,
  });
  const performance = useQuery({
    queryKey: keyOf(scope, 'performance'),
    queryFn: () => api<Performance>('GET', '/api/dashboard/performance', { query }),
    placeholderData: (before) => before,
  });
  useRollupSignal(scope);
  return { overview, performance };
}

/** A burst of measurements asks once. */
const SETTLE_MS = 500;

/** Listens to the current month's roll-up and asks for the numbers again when it changes. */
function useRollupSignal({ organizationId, channel }: DashboardScope): void {
  const queries = useQueryClient();
  const month = new Date().toISOString().slice(0, 7);
  const { items } = useLiveQuery({
    model: rollupModel,
    where: [
      ['organizationId', '==', organizationId],
      ['period', '==', month],
      ['connectionId', '==', channel],
    ],
    limit: 1,
  });
  const changedAt = items[0]?.updatedAt.getTime();
  useEffect(() => {
    if (changedAt === undefined) return;
    const timer = setTimeout(() => {
      void queries.invalidateQueries({
        predicate: ({ queryKey }) =>
          queryKey[0] === 'dashboard' && queryKey[1] === organizationId && queryKey[2] !== 'layout',
      });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [queries, organizationId, changedAt]);
}
