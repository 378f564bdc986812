import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ApiKeysPage } from '@/features/organizations/ui/api-keys-page';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.nav'))('api-keys') };
}

export default function Page() {
  return <ApiKeysPage />;
}
