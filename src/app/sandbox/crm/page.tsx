import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { Suspense } from 'react';
import { SandboxCrmScreen } from '@/features/integrations/ui/sandbox-crm-screen';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('sandboxcrm'))('title'), robots: { index: false } };
}

/** The vendor's side of the sandbox CRM: what a person there would see and change. */
export default function SandboxCrmPage() {
  return (
    <ClientMessages rooms={['sandboxcrm']}>
      <NuqsAdapter>
        <Suspense>
          <SandboxCrmScreen />
        </Suspense>
      </NuqsAdapter>
    </ClientMessages>
  );
}
