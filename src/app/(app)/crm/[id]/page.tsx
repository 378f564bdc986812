import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { RecordScreen } from '@/features/crm/ui/record-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('crm'))('title') };
}

export default async function RecordPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <ClientMessages rooms={['crm', 'shards']}>
      <RecordScreen id={id} />
    </ClientMessages>
  );
}
