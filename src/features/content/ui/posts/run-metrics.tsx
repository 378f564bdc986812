'use client';
import { useFormatter, useTranslations } from 'next-intl';
import { RelativeTime } from '@/ui/relative-time';
import type { RunMetrics } from '../../answer-schema';

/** What the network counted, where it counts: a number it does not report is not shown as 0. */
export function RunNumbers({ measured }: { measured: RunMetrics }) {
  const t = useTranslations('content.run');
  const format = useFormatter();
  const reported = Object.entries(measured.metrics).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  if (reported.length === 0) return null;
  return (
    <div className="grid gap-1">
      <dl className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {reported.map(([name, value]) => (
          <div key={name} className="flex items-baseline gap-1.5">
            <dd className="font-semibold tabular-nums">{format.number(value ?? 0)}</dd>
            <dt className="text-muted">{t(`metrics.${name}`)}</dt>
          </div>
        ))}
      </dl>
      <p className="text-xs text-muted">
        {t('measured')} <RelativeTime at={measured.measuredAt} />
      </p>
    </div>
  );
}
