import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { IntegrationsScreen } from '@/features/integrations/ui/integrations-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('integrations.connections'))('title') };
}

export default function IntegrationsPage() {
  return (
    <ClientMessages rooms={['integrations', 'inbound']}>
      <Suspense>
        <IntegrationsScreen />
      </Suspense>
    </ClientMessages>
  );
}
