import { getLocale, getMessages, getNow, getTimeZone } from 'next-intl/server';
import type { ReactNode } from 'react';
import { MessageLayer } from './message-layer';

/**
 * Gives client components the messages they use, and no others: `common` for the primitives, and the
 * named rooms, on top of what the layouts above gave. Put it in the segment's layout or page:
 * `<ClientMessages rooms={['content']}>`. A test names the pages that forget a room.
 * Server components need nothing: they read every message where they are rendered.
 */
export async function ClientMessages({ rooms, children }: { rooms: readonly string[]; children: ReactNode }) {
  const [locale, timeZone, now, all] = await Promise.all([
    getLocale(),
    getTimeZone(),
    getNow(),
    getMessages(),
  ]);
  const messages = Object.fromEntries(
    ['common', ...rooms].flatMap((room) => (all[room] === undefined ? [] : [[room, all[room]]])),
  );
  return (
    <MessageLayer locale={locale} timeZone={timeZone} now={now} messages={messages}>
      {children}
    </MessageLayer>
  );
}
