import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { InboxScreen } from '@/features/inbox/ui/inbox-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('inbox'))('title') };
}

export default function InboxPage() {
  return (
    <ClientMessages rooms={['inbox']}>
      <Suspense>
        <InboxScreen />
      </Suspense>
    </ClientMessages>
  );
}
