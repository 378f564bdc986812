import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientMessages } from '@/i18n/client-messages';
import { Create } from './create';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('content.composer'))('title') };
}

export default function CreatePage() {
  return (
    <ClientMessages rooms={['content', 'library', 'media', 'tokens']}>
      <Create />
    </ClientMessages>
  );
}
