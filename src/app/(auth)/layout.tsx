import type { ReactNode } from 'react';
import { ClientConfigProvider } from '@/client/config';
import { ClientMessages } from '@/i18n/client-messages';
import { clientConfigOf } from '@/server/client-config';
import { Logo } from '@/ui/logo';

/** One narrow column: who we are, and the one thing to do here. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <ClientConfigProvider value={clientConfigOf()}>
      <ClientMessages rooms={['auth', 'organization']}>
        <div className="flex min-h-dvh flex-col">
          <header className="px-4 pt-5 md:px-8">
            <a href="/" className="inline-block rounded-md">
              <Logo />
            </a>
          </header>
          <main className="mx-auto grid w-full max-w-100 flex-1 content-center gap-6 px-4 py-10">
            {children}
          </main>
          <div aria-hidden="true" className="tick-rule" />
        </div>
      </ClientMessages>
    </ClientConfigProvider>
  );
}
