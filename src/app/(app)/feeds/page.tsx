import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { FeedsScreen } from '@/features/feeds/ui/feeds-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('feeds'))('title') };
}

export default function FeedsPage() {
  return (
    <ClientMessages rooms={['feeds']}>
      <Suspense>
        <FeedsScreen />
      </Suspense>
    </ClientMessages>
  );
}
