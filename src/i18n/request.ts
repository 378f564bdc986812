import { cookies, headers } from 'next/headers';
import { getRequestConfig } from 'next-intl/server';
import { loadMessages } from './catalog';
import { isLocale, negotiateLocale, PREFERENCE_COOKIES, validTimeZone } from './locale';

/** Language from the cookie, else from the browser; zone from the cookie the shell keeps, else UTC. */
export default getRequestConfig(async ({ locale: asked }) => {
  const [jar, head] = await Promise.all([cookies(), headers()]);
  const chosen = asked ?? jar.get(PREFERENCE_COOKIES.locale)?.value;
  const locale = isLocale(chosen) ? chosen : negotiateLocale(head.get('accept-language'));
  return {
    locale,
    messages: await loadMessages(locale),
    timeZone: validTimeZone(jar.get(PREFERENCE_COOKIES.timeZone)?.value),
    now: new Date(),
  };
});
