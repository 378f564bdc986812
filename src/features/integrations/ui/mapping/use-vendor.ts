'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from '@/client/api';
import type { PropertyView, SampleView } from '../../connections/schema';

/** What the vendor itself says: its fields, and records to try mappings on. */

const FRESH_MS = 5 * 60_000;

export function useVendorFields(integrationId: string, entity: string, enabled: boolean) {
  return useQuery({
    queryKey: ['mapping-fields', integrationId, entity],
    queryFn: ({ signal }) =>
      api<{ items: PropertyView[] }>('GET', `/api/integrations/${integrationId}/entities/${entity}/fields`, {
        signal,
      }),
    staleTime: FRESH_MS,
    retry: false,
    enabled,
  });
}

/**
 * Some records to choose from, and the chosen one with all fields that are asked for: others are read of that record alone when
 * they come to be mapped.
 */
export function useSamples(
  integrationId: string,
  entity: string,
  { fields, chosen, enabled }: { fields: readonly string[]; chosen: string | null; enabled: boolean },
) {
  const path = `/api/integrations/${integrationId}/entities/${entity}/samples` as const;
  const asked = [...new Set(fields)].sort().join(',');
  const read = async (query: Record<string, string>, signal: AbortSignal) => ({
    ...(await api<{ items: SampleView[] }>('GET', path, { query: { fields: asked, ...query }, signal })),
    fields: new Set(fields),
  });
  const shared = { staleTime: FRESH_MS, retry: false } as const;
  const list = useQuery({
    ...shared,
    queryKey: ['mapping-samples', integrationId, entity],
    queryFn: ({ signal }) => read({}, signal),
    enabled,
  });
  const externalId = chosen ?? list.data?.items[0]?.externalId ?? null;
  const lacking = list.data !== undefined && fields.some((field) => !list.data.fields.has(field));
  const one = useQuery({
    ...shared,
    queryKey: ['mapping-sample', integrationId, entity, externalId, asked],
    queryFn: ({ signal }) => read({ externalId: externalId ?? '' }, signal),
    placeholderData: keepPreviousData,
    enabled: enabled && externalId !== null && lacking,
  });
  const items = list.data?.items ?? [];
  const wide = lacking ? one.data?.items.find((item) => item.externalId === externalId) : undefined;
  return {
    items,
    sample: wide ?? items.find((item) => item.externalId === externalId) ?? null,
    status: !enabled
      ? ('off' as const)
      : list.isPending
        ? ('loading' as const)
        : list.error || one.error
          ? ('error' as const)
          : ('ready' as const),
    error: list.error ?? one.error,
    again: () => void (list.error || !lacking ? list.refetch() : one.refetch()),
  };
}
