import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { ClientMessages } from '@/i18n/client-messages';
import { Calendar } from './calendar';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('calendar'))('title') };
}

export default function CalendarPage() {
  return (
    <ClientMessages rooms={['calendar', 'content']}>
      <Suspense>
        <Calendar />
      </Suspense>
    </ClientMessages>
  );
}
