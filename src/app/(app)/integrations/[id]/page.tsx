import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { IntegrationScreen } from '@/features/integrations/ui/integration-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('integrations.connections'))('title') };
}

export default async function IntegrationPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <ClientMessages rooms={['integrations', 'mapping', 'operations', 'shards']}>
      <IntegrationScreen id={id} />
    </ClientMessages>
  );
}
