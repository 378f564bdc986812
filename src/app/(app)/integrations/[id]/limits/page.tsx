import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { LimitsPage } from '@/features/integrations/ui/operations/limits-page';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('operations.limits'))('title') };
}

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <ClientMessages rooms={['integrations', 'operations']}>
      <LimitsPage id={id} />
    </ClientMessages>
  );
}
