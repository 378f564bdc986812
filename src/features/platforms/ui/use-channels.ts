'use client';

import { useMemo } from 'react';
import { useLiveQuery } from '@/client/use-live-query';
import { type Connection, connectionModel } from '@/features/platforms/schema';

/** Far above what any plan's screen shows at once; listeners always carry a limit. */
const LIMIT = 200;

/** Connected channels of an organisation, live, by name. A member with a list of channels sees those only. */
export function useChannels(organizationId: string, channelIds: readonly string[] = []) {
  const live = useLiveQuery({
    model: connectionModel,
    where: [
      ['organizationId', '==', organizationId],
      ['active', '==', true],
    ],
    limit: LIMIT,
  });
  const { items } = live;
  const channels = useMemo(
    () =>
      items
        .filter((item) => channelIds.length === 0 || channelIds.includes(item.id))
        .toSorted((a, b) => urgency(a) - urgency(b) || a.displayName.localeCompare(b.displayName)),
    [items, channelIds],
  );
  return { ...live, channels };
}

/** What needs a person comes first. */
function urgency(channel: Connection): number {
  return channel.health === 'needs_reauth' ? 0 : channel.health === 'healthy' ? 2 : 1;
}
