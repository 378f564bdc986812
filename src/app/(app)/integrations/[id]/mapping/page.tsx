import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { MappingScreen } from '@/features/integrations/ui/mapping/mapping-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('mapping'))('title') };
}

interface Props {
  params: Promise<{ id: string }>;
  searchParams: Promise<{ entity?: string | string[] }>;
}

export default async function MappingPage({ params, searchParams }: Props) {
  const [{ id }, { entity }] = await Promise.all([params, searchParams]);
  return (
    <ClientMessages rooms={['mapping', 'shards']}>
      <MappingScreen id={id} entity={typeof entity === 'string' ? entity : null} />
    </ClientMessages>
  );
}
