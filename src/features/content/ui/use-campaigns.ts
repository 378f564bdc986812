'use client';
import { useLiveQuery } from '@/client/use-live-query';
import { type Campaign, campaignModel } from '../library-schema';

/** The organisation's campaigns, live, by name. */
export function useCampaigns(organizationId: string): readonly Campaign[] {
  const live = useLiveQuery({
    model: campaignModel,
    where: [['organizationId', '==', organizationId]],
    limit: 200,
  });
  return [...live.items].sort((a, b) => a.name.localeCompare(b.name));
}
