'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { ErrorState } from '@/ui/error-state';
import { Stat } from '@/ui/stat';
import { FIGURE_NAMES, type Figure, type FigureName, type Overview, PERIOD_DAYS } from '../schema';

/** The rows each number is made of. */
const ROWS: Partial<Record<FigureName, string>> = {
  followers: '/channels',
  posts: '/posts?view=published',
  tokens: '/tokens',
};

type FiguresRowProps = {
  overview: Overview | undefined;
  error: unknown;
  onRetry: () => void;
};

/** How are we doing, and since when: the first thing the dashboard says. */
export function FiguresRow({ overview, error, onRetry }: FiguresRowProps) {
  const t = useTranslations('dashboard');
  const format = useFormatter();
  if (error && !overview) return <ErrorState error={error} onRetry={onRetry} />;
  const shown = FIGURE_NAMES.filter(
    (name) => name !== 'engagements' && (!overview || overview.figures.some((one) => one.name === name)),
  );
  const written = ({ name, value }: Figure) =>
    value === null
      ? null
      : name === 'engagementRate'
        ? format.number(value, { style: 'percent', maximumFractionDigits: 1 })
        : format.number(value, { notation: Math.abs(value) >= 10_000 ? 'compact' : 'standard' });
  return (
    <section
      aria-label={t('figures.label')}
      className="grid overflow-hidden rounded-lg border border-line bg-line/60 grid-cols-2 gap-px md:grid-cols-3 xl:grid-cols-6 *:bg-surface"
    >
      {shown.map((name) => {
        const figure = overview?.figures.find((one) => one.name === name);
        return (
          <Stat
            key={name}
            label={t(`figures.${name}`)}
            loading={!figure}
            value={figure ? written(figure) : null}
            change={figure?.change}
            since={
              overview && figure && figure.value === null
                ? t('figures.unknown')
                : overview &&
                  figure?.change !== null &&
                  t('figures.against', { days: PERIOD_DAYS[overview.period] })
            }
            sparkline={figure?.series}
            {...(ROWS[name] ? { href: ROWS[name] } : {})}
          />
        );
      })}
    </section>
  );
}
