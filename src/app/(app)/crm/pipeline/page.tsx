import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { PipelineScreen } from '@/features/crm/ui/pipeline-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('pipeline'))('title') };
}

export default function PipelinePage() {
  return (
    <ClientMessages rooms={['pipeline']}>
      <Suspense>
        <PipelineScreen />
      </Suspense>
    </ClientMessages>
  );
}
