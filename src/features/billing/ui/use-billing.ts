'use client';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '@/client/api';
import type { InvoiceView, PurchaseView, SubscriptionView } from '../schema';
import type { Wire } from './wire';

/** Keys of everything fetched about billing start so. */
export const billingKey = (organizationId: string, ...rest: readonly unknown[]) =>
  ['billing', organizationId, ...rest] as const;

export type Subscription = Wire<SubscriptionView>;
export type Purchase = Wire<PurchaseView>;
export type Invoice = Wire<InvoiceView>;

export function useSubscription(organizationId: string) {
  return useQuery({
    queryKey: billingKey(organizationId, 'subscription'),
    queryFn: () => api<Subscription>('GET', '/api/billing/subscription'),
  });
}

interface PageAnswer<Row> {
  items: Row[];
  cursor: string | null;
}

/** One list, page by page. */
function usePages<Row>(
  organizationId: string,
  name: string,
  path: '/api/tokens/purchases' | '/api/billing/invoices',
  enabled = true,
) {
  const pages = useInfiniteQuery({
    queryKey: billingKey(organizationId, name),
    queryFn: ({ pageParam }) =>
      api<PageAnswer<Row>>('GET', path, {
        query: { limit: 25, ...(pageParam ? { cursor: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
    enabled,
  });
  return { ...pages, rows: pages.data?.pages.flatMap(({ items }) => items) ?? [] };
}

export const usePurchases = (organizationId: string) =>
  usePages<Purchase>(organizationId, 'purchases', '/api/tokens/purchases');
export const useInvoices = (organizationId: string, enabled: boolean) =>
  usePages<Invoice>(organizationId, 'invoices', '/api/billing/invoices', enabled);

/** After a change of plan: everything about billing and tokens is asked for again. */
export function useBillingChanged(organizationId: string): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    void queries.invalidateQueries({ queryKey: billingKey(organizationId) });
    void queries.invalidateQueries({ queryKey: ['tokens', organizationId] });
  }, [queries, organizationId]);
}
