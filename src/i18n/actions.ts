'use server';

import { cookies } from 'next/headers';
import { isLocale, PREFERENCE_COOKIES } from './locale';

const YEAR_SECONDS = 31_536_000;

/** Remembers the language a visitor chose. Anything that is no language of ours changes nothing. */
export async function chooseLocale(form: FormData): Promise<void> {
  const locale = form.get('locale');
  if (typeof locale !== 'string' || !isLocale(locale)) return;
  (await cookies()).set(PREFERENCE_COOKIES.locale, locale, {
    path: '/',
    maxAge: YEAR_SECONDS,
    sameSite: 'lax',
  });
}
