import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { DeadLettersPage } from '@/features/integrations/ui/operations/dead-letters-page';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.nav'))('dead-letters') };
}

export default function Page() {
  return (
    <ClientMessages rooms={['operations']}>
      <DeadLettersPage />
    </ClientMessages>
  );
}
