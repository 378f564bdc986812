import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { ClientMessages } from '@/i18n/client-messages';
import { Media } from './media';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('media'))('title') };
}

export default function MediaPage() {
  return (
    <ClientMessages rooms={['media']}>
      <Suspense>
        <Media />
      </Suspense>
    </ClientMessages>
  );
}
