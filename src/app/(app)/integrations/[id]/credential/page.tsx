import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { CredentialPage } from '@/features/integrations/ui/operations/credential-page';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('operations.credential'))('title') };
}

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <ClientMessages rooms={['integrations', 'operations']}>
      <CredentialPage id={id} />
    </ClientMessages>
  );
}
