'use client';
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { ApiProblem, api } from '@/client/api';
import type { MediaAsset } from '../../media-schema';

/** JSON has no dates. */
function revived(asset: MediaAsset): MediaAsset {
  return { ...asset, createdAt: new Date(asset.createdAt), updatedAt: new Date(asset.updatedAt) };
}

const keyOf = (organizationId: string, id: string) => ['media', organizationId, id];

/** Facts of the attached files; `missing` are those that were deleted. */
export function useMediaAssets(organizationId: string, ids: readonly string[]) {
  const client = useQueryClient();
  const queries = useQueries({
    queries: ids.map((id) => ({
      queryKey: keyOf(organizationId, id),
      queryFn: async () => revived(await api<MediaAsset>('GET', `/api/media/${id}`)),
      staleTime: 60_000,
    })),
  });
  // useQueries gives a new array each time; what counts is what has arrived.
  const signature = queries.map((query) => `${query.dataUpdatedAt}${query.status}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature stands for the queries.
  const found = useMemo(() => {
    const assets = new Map<string, MediaAsset>();
    const missing: string[] = [];
    ids.forEach((id, index) => {
      const query = queries[index];
      if (query?.data) assets.set(id, query.data);
      else if (query?.error instanceof ApiProblem && query.error.status === 404) missing.push(id);
    });
    return { assets, missing };
  }, [signature, ids.join()]);
  const put = useCallback(
    (asset: MediaAsset) => client.setQueryData(keyOf(organizationId, asset.id), revived(asset)),
    [client, organizationId],
  );
  return { ...found, put };
}
