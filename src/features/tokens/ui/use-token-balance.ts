'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api } from '@/client/api';
import { useLiveDoc } from '@/client/use-live-query';
import { useHydrated } from '@/ui/use-hydrated';
import { type BalanceResponse, tokenBalanceModel } from '../schema';
import { balanceView } from '../views';

/** Keys of everything fetched about tokens start so; a change of the balance makes all of it ask again. */
export const tokenKey = (organizationId: string, ...rest: readonly unknown[]) =>
  ['tokens', organizationId, ...rest] as const;

type BalanceAnswer = Omit<BalanceResponse, 'lastRefreshDate' | 'nextRefreshDate'> & {
  lastRefreshDate: string;
  nextRefreshDate: string;
};

export interface TokenBalanceState {
  /** Null while loading, and when it could not be read. */
  balance: BalanceResponse | null;
  /** Null unless there is nothing to show. */
  error: unknown;
  retry: () => void;
}

/** Where the listener is refused (a guest in somebody's personal organisation) the API's answer is asked for now and then. */
const POLL_MS = 30_000;

/** The balance the organisation spends from, live. The API says which document it is; the listener keeps it up to date. */
export function useTokenBalance(organizationId: string): TokenBalanceState {
  const [refused, setRefused] = useState(false);
  const answer = useQuery({
    queryKey: tokenKey(organizationId, 'balance'),
    queryFn: () => api<BalanceAnswer>('GET', '/api/tokens/balance'),
    refetchInterval: refused ? POLL_MS : false,
  });
  const live = useLiveDoc(tokenBalanceModel, answer.data?.ownerId ?? null);
  const denied = live.error?.code === 'permission-denied';
  if (denied !== refused) setRefused(denied);

  const hydrated = useHydrated();
  const balance = useMemo(() => {
    if (!hydrated) return null;
    if (live.item) return balanceView(live.item);
    if (!answer.data) return null;
    const { lastRefreshDate, nextRefreshDate, ...figures } = answer.data;
    return {
      ...figures,
      lastRefreshDate: new Date(lastRefreshDate),
      nextRefreshDate: new Date(nextRefreshDate),
    };
  }, [hydrated, live.item, answer.data]);

  useRefetchOnChange(organizationId, live.item?.version);
  return {
    balance,
    error: balance || !hydrated ? null : answer.error,
    retry: () => {
      void answer.refetch();
      live.retry();
    },
  };
}

/** Each ledger entry raises the version: history and usage that are on the screen follow it. */
function useRefetchOnChange(organizationId: string, version: number | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (version === undefined) return;
    const stale = ({ queryKey }: { queryKey: readonly unknown[] }) =>
      queryKey[0] === 'tokens' && queryKey[1] === organizationId && queryKey[2] !== 'balance';
    // A burst of entries asks once.
    const timer = setTimeout(() => void queries.invalidateQueries({ predicate: stale }), 400);
    return () => clearTimeout(timer);
  }, [queries, organizationId, version]);
}
