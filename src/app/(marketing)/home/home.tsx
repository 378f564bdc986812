import { useTranslations } from 'next-intl';
import { allocationOf } from '@/features/tokens/tiers.data';
import { buttonStyles } from '@/ui/button-styles';
import { LINKS } from '../links';
import { DayRuler } from './day-ruler';
import { Desk } from './desk';
import { Networks } from './networks';
import { Once } from './once';
import { Provenance } from './provenance';
import { Work } from './work';

/** The first page: what IriSync promises, and the product itself with example data. */
export function Home() {
  const t = useTranslations('marketing.home');
  const free = allocationOf('free', 1);
  return (
    <main id="main">
      <div className="mx-auto max-w-280 px-4 pt-14 md:px-6 md:pt-20">
        <div className="grid gap-x-10 gap-y-6 md:grid-cols-[1fr_20rem] md:items-end">
          <h1 className="font-display text-3xl font-bold tracking-tight">
            {(['first', 'second', 'third'] as const).map((line) => (
              <span key={line} className="block">
                {t(`title.${line}`)}{' '}
              </span>
            ))}
          </h1>
          <div className="grid gap-4">
            <p className="text-lg text-muted">{t('lead')}</p>
            <div className="flex flex-wrap items-center gap-3">
              <a href={LINKS.signUp} className={buttonStyles({ variant: 'primary' })}>
                {t('start')}
              </a>
              <a href={LINKS.pricing} className="rounded-md text-base text-iris-text hover:underline">
                {t('prices')}
              </a>
            </div>
            <p className="text-sm text-muted">{t('free', { count: free })}</p>
          </div>
        </div>
        <div className="mt-12 grid gap-6">
          <DayRuler />
          <Desk />
        </div>
      </div>
      <Once />
      <Work />
      <Provenance />
      <Networks />
      <section aria-labelledby="begin" className="mx-auto max-w-280 px-4 pt-20 md:px-6 md:pt-28">
        <div className="flex flex-wrap items-end justify-between gap-6 border-t-2 border-ink pt-6">
          <div className="grid gap-2">
            <h2 id="begin" className="font-display text-2xl font-semibold tracking-tight">
              {t('end.title')}
            </h2>
            <p className="max-w-[52ch] text-lg text-muted">{t('end.body', { count: free })}</p>
          </div>
          <div className="flex flex-wrap gap-2">
            <a href={LINKS.pricing} className={buttonStyles({})}>
              {t('prices')}
            </a>
            <a href={LINKS.signUp} className={buttonStyles({ variant: 'primary' })}>
              {t('start')}
            </a>
          </div>
        </div>
      </section>
    </main>
  );
}
