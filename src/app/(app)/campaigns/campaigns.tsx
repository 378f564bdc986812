'use client';
import { CampaignsPage } from '@/features/content/ui/library/campaigns-page';
import { useContentSession } from '../create/use-content-session';

export function Campaigns() {
  const { session } = useContentSession();
  return <CampaignsPage session={session} />;
}
