import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { buttonStyles } from '@/ui/button-styles';
import { Logo } from '@/ui/logo';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('marketing.notFound');
  return { title: t('title') };
}

/** No such page: says so, and offers the two ways on. */
export default async function NotFound() {
  const t = await getTranslations('marketing.notFound');
  return (
    <main id="main" className="mx-auto grid min-h-dvh max-w-120 content-center gap-4 px-4">
      <Logo />
      <div aria-hidden="true" className="tick-rule relative my-2">
        <span className="absolute top-0 left-2/3 h-full w-px bg-coral" />
      </div>
      <h1 className="font-display text-2xl font-semibold tracking-tight">{t('title')}</h1>
      <p className="text-lg text-muted">{t('body')}</p>
      <div className="flex flex-wrap gap-2">
        <a href="/dashboard" className={buttonStyles({ variant: 'primary' })}>
          {t('dashboard')}
        </a>
        <a href="/" className={buttonStyles({})}>
          {t('home')}
        </a>
      </div>
    </main>
  );
}
