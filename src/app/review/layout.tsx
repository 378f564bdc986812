import { getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { ClientConfigProvider } from '@/client/config';
import { QueryProvider } from '@/client/query-provider';
import { ClientMessages } from '@/i18n/client-messages';
import { clientConfigOf } from '@/server/client-config';
import { Logo } from '@/ui/logo';
import { Toaster } from '@/ui/toaster';

/** A page for people without an account: who shows it, and nothing that leads inside. */
export default async function ReviewLayout({ children }: { children: ReactNode }) {
  const t = await getTranslations('review.client');
  return (
    <ClientConfigProvider value={clientConfigOf()}>
      <ClientMessages rooms={['review', 'content', 'media']}>
        <QueryProvider>
          <header className="border-b border-line bg-surface">
            <div className="mx-auto flex h-12 max-w-280 items-center gap-3 px-4 md:px-6">
              <Logo />
              <span className="text-sm text-muted">{t('header')}</span>
            </div>
          </header>
          <main className="mx-auto w-full max-w-280 px-4 py-6 md:px-6">{children}</main>
          <Toaster />
        </QueryProvider>
      </ClientMessages>
    </ClientConfigProvider>
  );
}
