import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { CrmScreen } from '@/features/crm/ui/crm-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('crm'))('title') };
}

export default function CrmPage() {
  return (
    <ClientMessages rooms={['crm']}>
      <Suspense>
        <CrmScreen />
      </Suspense>
    </ClientMessages>
  );
}
