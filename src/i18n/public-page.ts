import type { GetServerSidePropsContext, GetServerSidePropsResult } from 'next';
import type { Messages } from 'next-intl';
import { fontVariables } from '@/app/fonts';
import { env } from '@/core/config/env';
import { loadMessages } from './catalog';
import { isLocale, type Locale, negotiateLocale, PREFERENCE_COOKIES, validTimeZone } from './locale';

/** What a public page is drawn from; `_app` and `_document` read it. */
export type PublicPageProps = {
  locale: Locale;
  timeZone: string;
  /** ISO instant of the request. */
  now: string;
  theme: 'light' | 'dark' | null;
  fonts: string;
  /** Where this installation lives; share pictures need whole addresses. */
  origin: string;
  messages: Messages;
};

/** Language, theme and zone of the visitor, and the messages of the public pages. */
export async function publicPageProps({
  req,
  res,
}: GetServerSidePropsContext): Promise<GetServerSidePropsResult<PublicPageProps>> {
  const chosen = req.cookies[PREFERENCE_COOKIES.locale];
  const theme = req.cookies[PREFERENCE_COOKIES.theme];
  const locale = isLocale(chosen) ? chosen : negotiateLocale(req.headers['accept-language'] ?? null);
  const { common, marketing } = await loadMessages(locale);
  res.setHeader('vary', 'cookie, accept-language');
  return {
    props: {
      locale,
      timeZone: validTimeZone(req.cookies[PREFERENCE_COOKIES.timeZone]),
      now: new Date().toISOString(),
      theme: theme === 'light' || theme === 'dark' ? theme : null,
      fonts: fontVariables,
      origin: env().APP_URL,
      messages: { common, marketing },
    },
  };
}
