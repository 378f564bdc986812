import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { WebhooksPage } from '@/features/integrations/ui/webhooks-page';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.nav'))('webhooks') };
}

export default function Page() {
  return (
    <ClientMessages rooms={['integrations', 'inbound']}>
      <WebhooksPage />
    </ClientMessages>
  );
}
