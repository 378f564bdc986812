import { NextIntlClientProvider } from 'next-intl';
import { getMessages } from 'next-intl/server';
import type { ReactNode } from 'react';

/**
 * Gives client components the messages they use, and no others: `common` for the primitives, and the
 * named rooms. Put it in the segment's layout or page: `<ClientMessages rooms={['content']}>`.
 * Server components need nothing: they read every message where they are rendered.
 */
export async function ClientMessages({ rooms, children }: { rooms: readonly string[]; children: ReactNode }) {
  const all = await getMessages();
  const picked = Object.fromEntries(
    ['common', ...rooms].flatMap((room) => (all[room] === undefined ? [] : [[room, all[room]]])),
  );
  return <NextIntlClientProvider messages={picked}>{children}</NextIntlClientProvider>;
}
