import type { Metadata, Viewport } from 'next';
import { cookies } from 'next/headers';
import { getLocale, getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { env } from '@/core/config/env';
import { PREFERENCE_COOKIES } from '@/i18n/locale';
import { fontVariables } from './fonts';
import './globals.css';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('marketing.meta');
  return {
    metadataBase: new URL(env().APP_URL),
    title: { default: t('title'), template: '%s · IriSync' },
    description: t('description'),
    applicationName: 'IriSync',
    openGraph: { siteName: 'IriSync', title: t('title'), description: t('description'), type: 'website' },
    twitter: { card: 'summary_large_image' },
  };
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fafafd' },
    { media: '(prefers-color-scheme: dark)', color: '#0d0d16' },
  ],
};

/** The chosen theme is in a cookie and set here, so no script runs before paint and nothing flashes. */
async function chosenTheme(): Promise<'light' | 'dark' | undefined> {
  const theme = (await cookies()).get(PREFERENCE_COOKIES.theme)?.value;
  return theme === 'light' || theme === 'dark' ? theme : undefined;
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const [locale, theme] = await Promise.all([getLocale(), chosenTheme()]);
  return (
    <html lang={locale} data-theme={theme} className={fontVariables}>
      <body>{children}</body>
    </html>
  );
}
