import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientMessages } from '@/i18n/client-messages';
import { Channels } from './channels';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('platforms'))('title') };
}

export default function ChannelsPage() {
  return (
    <ClientMessages rooms={['platforms']}>
      <Channels />
    </ClientMessages>
  );
}
