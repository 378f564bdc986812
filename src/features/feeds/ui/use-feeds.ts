'use client';
import { useLiveQuery } from '@/client/use-live-query';
import { FEED_LIMITS, feedModel } from '../schema';

/** The organisation's feeds, live, newest first. */
export function useFeeds(organizationId: string) {
  return useLiveQuery({
    model: feedModel,
    where: [['organizationId', '==', organizationId]],
    orderBy: [['createdAt', 'desc']],
    limit: FEED_LIMITS.perOrganization,
  });
}
