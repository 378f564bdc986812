import { Check, Minus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Packages } from './packages';
import { Plans } from './plans';
import { TaskPrices } from './task-prices';

/** Plans, token packages and what AI work costs, all from the data the product itself runs on. */
export function Pricing() {
  const t = useTranslations('marketing.pricing');
  return (
    <main id="main" className="mx-auto max-w-280 px-4 pt-14 md:px-6 md:pt-20">
      <h1 className="font-display text-3xl font-bold tracking-tight">{t('title')}</h1>
      <p className="mt-3 max-w-[60ch] text-lg text-muted">{t('lead')}</p>
      <Plans />
      <div className="mt-20 grid gap-16 lg:grid-cols-2 lg:gap-12">
        <Packages />
        <TaskPrices />
      </div>
      <section aria-labelledby="rules" className="mt-20">
        <h2 id="rules" className="font-display text-xl font-semibold tracking-tight">
          {t('rules.title')}
        </h2>
        <ul className="mt-4 grid max-w-[68ch] gap-2 text-lg">
          {(['kept', 'included', 'once', 'failed'] as const).map((rule) => (
            <li key={rule} className="flex gap-2.5">
              <Check size={20} aria-hidden="true" className="mt-0.5 text-ok" />
              {t(`rules.${rule}`)}
            </li>
          ))}
          <li className="flex gap-2.5 text-muted">
            <Minus size={20} aria-hidden="true" className="mt-0.5" />
            {t('rules.none')}
          </li>
        </ul>
      </section>
    </main>
  );
}
