'use client';

import { useTranslations } from 'next-intl';
import { Card } from '@/ui/card';
import { TASK_PRICES, TASK_TYPES } from '../prices';

/** What each kind of work costs in tokens. */
export function PriceList() {
  const t = useTranslations('tokens');
  return (
    <Card title={t('prices.title')} description={t('prices.description')}>
      <ul className="grid gap-x-8 text-sm sm:grid-cols-2">
        {TASK_TYPES.map((task) => (
          <li
            key={task}
            className="flex min-h-9 items-center justify-between gap-4 border-t border-line py-1"
          >
            <span>{t(`task.${task}`)}</span>
            <span className="text-right text-muted">
              <span className="font-medium text-ink tabular-nums">{TASK_PRICES[task].tokens}</span>{' '}
              {t(`unit.${task}`)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
