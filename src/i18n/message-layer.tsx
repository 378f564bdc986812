'use client';

import { type Messages, NextIntlClientProvider } from 'next-intl';
import { createContext, type ReactNode, useContext, useMemo } from 'react';

const Known = createContext<Messages>({});

type MessageLayerProps = {
  locale: string;
  timeZone: string;
  now: Date;
  messages: Messages;
  children: ReactNode;
};

/** Adds messages to those of the layers above; a provider of next-intl alone would replace them. */
export function MessageLayer({ locale, timeZone, now, messages, children }: MessageLayerProps) {
  const above = useContext(Known);
  const all = useMemo(() => ({ ...above, ...messages }), [above, messages]);
  return (
    <Known value={all}>
      <NextIntlClientProvider locale={locale} timeZone={timeZone} now={now} messages={all}>
        {children}
      </NextIntlClientProvider>
    </Known>
  );
}
