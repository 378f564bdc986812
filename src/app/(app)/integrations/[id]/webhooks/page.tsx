import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ConnectionAddresses } from '@/features/integrations/ui/inbound/connection-addresses';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('inbound.ofConnection'))('title') };
}

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <ClientMessages rooms={['integrations', 'operations', 'inbound']}>
      <ConnectionAddresses id={id} />
    </ClientMessages>
  );
}
