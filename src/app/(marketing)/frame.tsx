import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { buttonStyles } from '@/ui/button-styles';
import { Logo } from '@/ui/logo';
import { LanguageChoice } from './language-choice';
import { LINKS } from './links';

const link = 'rounded-md text-base text-muted hover:text-ink hover:underline';

/** Public pages: links are plain, because these pages carry no code of ours. */
export function Frame({ children }: { children: ReactNode }) {
  const t = useTranslations('marketing.frame');
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only z-60 rounded-md bg-iris px-3 py-2 text-on-iris focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('skip')}
      </a>
      <header className="border-b border-line">
        <div className="mx-auto flex h-14 max-w-280 items-center gap-6 px-4 md:px-6">
          <a href="/" className="mr-auto rounded-md">
            <Logo />
          </a>
          <nav aria-label={t('navigation')} className="flex items-center gap-5">
            <a href={LINKS.pricing} className={link}>
              {t('pricing')}
            </a>
            <a href={LINKS.api} className={`${link} hidden sm:block`}>
              {t('api')}
            </a>
            <a href={LINKS.signIn} className={`${link} hidden sm:block`}>
              {t('signIn')}
            </a>
          </nav>
          <a href={LINKS.signUp} className={buttonStyles({ variant: 'primary' })}>
            {t('start')}
          </a>
        </div>
      </header>
      <div className="flex-1">{children}</div>
      <footer className="mt-20">
        <div aria-hidden="true" className="tick-rule" />
        <div className="mx-auto flex max-w-280 flex-wrap items-center gap-x-6 gap-y-4 px-4 py-8 text-sm text-muted md:px-6">
          <span className="mr-auto">{t('line')}</span>
          <a href={LINKS.pricing} className={link}>
            {t('pricing')}
          </a>
          <a href={LINKS.api} className={link}>
            {t('api')}
          </a>
          <a href={LINKS.signIn} className={link}>
            {t('signIn')}
          </a>
          <LanguageChoice />
        </div>
      </footer>
    </div>
  );
}
