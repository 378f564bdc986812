import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { MembersPage } from '@/features/organizations/ui/members-page';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.nav'))('members') };
}

export default function Page() {
  return <MembersPage />;
}
