import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { ClientMessages } from '@/i18n/client-messages';
import { Templates } from './templates';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('library.templates'))('title') };
}

export default function TemplatesPage() {
  return (
    <ClientMessages rooms={['library']}>
      <Suspense>
        <Templates />
      </Suspense>
    </ClientMessages>
  );
}
