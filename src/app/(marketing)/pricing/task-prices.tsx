import { useTranslations } from 'next-intl';
import { TASK_PRICES, TASK_TYPES } from '@/features/tokens/prices';

/** What AI work costs in tokens. */
export function TaskPrices() {
  const t = useTranslations('marketing.pricing.tasks');
  return (
    <section aria-labelledby="tasks">
      <h2 id="tasks" className="font-display text-xl font-semibold tracking-tight">
        {t('title')}
      </h2>
      <p className="mt-1 max-w-[52ch] text-lg text-muted">{t('lead')}</p>
      <dl className="mt-5 border-t border-line">
        {TASK_TYPES.map((task) => (
          <div
            key={task}
            className="flex items-baseline justify-between gap-4 border-b border-line py-2.5 text-base"
          >
            <dt>
              <span className="font-medium">{t(`names.${task}`)}</span>{' '}
              <span className="text-sm text-muted">{t(`units.${task}`)}</span>
            </dt>
            <dd className="whitespace-nowrap tabular-nums">
              {t('tokens', { count: TASK_PRICES[task].tokens })}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
