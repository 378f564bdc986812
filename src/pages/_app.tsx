import type { AppProps } from 'next/app';
import { NextIntlClientProvider } from 'next-intl';
import { Frame } from '@/app/(marketing)/frame';
import '@/app/fonts';
import '@/app/globals.css';
import type { PublicPageProps } from '@/i18n/public-page';

/**
 * Public pages live in this router because it can send them without any JavaScript (see the `config` of
 * each page): plain documents, with forms and links only. Everything behind the sign-in is in `src/app`.
 */
export default function PublicApp({ Component, pageProps }: AppProps<Partial<PublicPageProps>>) {
  // The router's own error pages come without the properties of a page of ours.
  if (!pageProps.locale || !pageProps.messages) return <Component {...pageProps} />;
  return (
    <NextIntlClientProvider
      locale={pageProps.locale}
      messages={pageProps.messages}
      timeZone={pageProps.timeZone ?? 'UTC'}
      now={new Date(pageProps.now ?? Date.now())}
    >
      <Frame>
        <Component {...pageProps} />
      </Frame>
    </NextIntlClientProvider>
  );
}
