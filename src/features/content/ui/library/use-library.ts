'use client';
import { useLiveQuery } from '@/client/use-live-query';
import { campaignModel, templateModel } from '../../library-schema';

/** Campaigns of an organisation, live, newest first. */
export function useCampaigns(organizationId: string) {
  return useLiveQuery({
    model: campaignModel,
    where: [['organizationId', '==', organizationId]],
    orderBy: [['createdAt', 'desc']],
    limit: 200,
  });
}

/** Templates, signatures and groups of hashtags, live, newest first. */
export function useTemplates(organizationId: string) {
  return useLiveQuery({
    model: templateModel,
    where: [['organizationId', '==', organizationId]],
    orderBy: [['createdAt', 'desc']],
    limit: 300,
  });
}
