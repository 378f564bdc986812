import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { DuplicatesScreen } from '@/features/crm/ui/duplicates-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('duplicates'))('title') };
}

export default function DuplicatesPage() {
  return (
    <ClientMessages rooms={['duplicates']}>
      <Suspense>
        <DuplicatesScreen />
      </Suspense>
    </ClientMessages>
  );
}
