'use client';
import { useMemo } from 'react';
import { useLiveQuery } from '@/client/use-live-query';
import { type Connection, connectionModel } from '@/features/platforms/schema';

/** The organisation's channels, live, by name. */
export function useChannels(organizationId: string) {
  const live = useLiveQuery({
    model: connectionModel,
    where: [
      ['organizationId', '==', organizationId],
      ['active', '==', true],
    ],
    limit: 200,
  });
  const channels = useMemo(
    () => [...live.items].sort((a, b) => a.displayName.localeCompare(b.displayName)),
    [live.items],
  );
  const byId = useMemo(
    () => new Map<string, Connection>(channels.map((channel) => [channel.id, channel])),
    [channels],
  );
  return { ...live, channels, byId };
}
