import { cookies } from 'next/headers';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import type { ReactNode } from 'react';
import { ClientConfigProvider } from '@/client/config';
import { QueryProvider } from '@/client/query-provider';
import { SessionProvider } from '@/client/session';
import { ClientMessages } from '@/i18n/client-messages';
import { PREFERENCE_COOKIES } from '@/i18n/locale';
import { clientConfigOf } from '@/server/client-config';
import { requireSession } from '@/server/session';
import { Logo } from '@/ui/logo';
import { Mark } from '@/ui/mark';
import { Frame } from './frame';

/** Every page behind the sign-in: who it is, where they work, and the frame around it. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  const session = await requireSession();
  const sidebar = (await cookies()).get(PREFERENCE_COOKIES.sidebar)?.value;
  return (
    <ClientConfigProvider value={clientConfigOf()}>
      <QueryProvider>
        <ClientMessages rooms={['shell', 'organization', 'notifications']}>
          <SessionProvider initial={session}>
            <NuqsAdapter>
              <Frame
                logo={<Logo />}
                mark={<Mark />}
                initiallyCollapsed={sidebar ? sidebar === 'collapsed' : null}
              >
                {children}
              </Frame>
            </NuqsAdapter>
          </SessionProvider>
        </ClientMessages>
      </QueryProvider>
    </ClientConfigProvider>
  );
}
