import { notFound } from 'next/navigation';
import { getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { QueryProvider } from '@/client/query-provider';
import { env, sandboxAllowed } from '@/core/config/env';
import { ClientMessages } from '@/i18n/client-messages';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Toaster } from '@/ui/toaster';

/** Pages of the practice network: striped, so that nobody takes it for a real one. Not there where the sandbox is off. */
export default async function SandboxLayout({ children }: { children: ReactNode }) {
  if (!sandboxAllowed(env())) notFound();
  const t = await getTranslations('platforms.sandbox');
  return (
    <ClientMessages rooms={['platforms']}>
      <QueryProvider>
        <div aria-hidden="true" className="stripes h-2" />
        <header className="border-b border-line bg-surface">
          <div className="mx-auto flex h-12 max-w-280 items-center gap-3 px-4 md:px-6">
            <span className="font-display font-semibold">{t('name')}</span>
            <SandboxTag />
            <a href="/channels" className="ml-auto text-sm text-iris-text hover:underline">
              {t('toChannels')}
            </a>
          </div>
        </header>
        <main className="mx-auto w-full max-w-280 px-4 py-6 md:px-6">{children}</main>
        <Toaster />
      </QueryProvider>
    </ClientMessages>
  );
}
