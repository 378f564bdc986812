import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { TeamsPage } from '@/features/organizations/ui/teams-page';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.nav'))('teams') };
}

export default function Page() {
  return <TeamsPage />;
}
