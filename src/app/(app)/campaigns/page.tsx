import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { ClientMessages } from '@/i18n/client-messages';
import { Campaigns } from './campaigns';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('library.campaigns'))('title') };
}

export default function CampaignsPage() {
  return (
    <ClientMessages rooms={['library']}>
      <Suspense>
        <Campaigns />
      </Suspense>
    </ClientMessages>
  );
}
