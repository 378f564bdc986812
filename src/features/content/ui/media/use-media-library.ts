'use client';
import { useState } from 'react';
import { useLiveQuery } from '@/client/use-live-query';
import type { MediaKind } from '@/features/platforms/schema';
import { mediaModel } from '../../media-schema';

const PAGE = 48;

/** The library, live, newest first; more on demand. */
export function useMediaLibrary(organizationId: string, kind: MediaKind | null, tag: string | null) {
  const [limit, setLimit] = useState(PAGE);
  const live = useLiveQuery({
    model: mediaModel,
    where: [
      ['organizationId', '==', organizationId],
      ...(kind ? ([['kind', '==', kind]] as const) : []),
      ...(tag ? ([['tags', 'array-contains', tag]] as const) : []),
    ],
    orderBy: [['createdAt', 'desc']],
    limit,
  });
  return { ...live, hasMore: live.items.length >= limit, more: () => setLimit((before) => before + PAGE) };
}
