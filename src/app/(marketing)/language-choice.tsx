import { useLocale, useTranslations } from 'next-intl';
import { LOCALE_NAMES, LOCALES } from '@/i18n/locale';

/** A plain form, so that it works without JavaScript. */
export function LanguageChoice() {
  const t = useTranslations('marketing.frame');
  const current = useLocale();
  return (
    <form method="post" action="/language">
      <fieldset className="flex gap-1">
        <legend className="sr-only">{t('language')}</legend>
        {LOCALES.map((locale) => (
          <button
            key={locale}
            type="submit"
            name="locale"
            value={locale}
            lang={locale}
            aria-pressed={locale === current}
            className="h-7 rounded-md px-2 text-sm hover:text-ink aria-pressed:bg-ink/6 aria-pressed:font-medium aria-pressed:text-ink"
          >
            {LOCALE_NAMES[locale]}
          </button>
        ))}
      </fieldset>
    </form>
  );
}
