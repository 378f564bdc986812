import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { priceOf } from '@/features/tokens/prices';
import { NetworkMark } from '@/ui/network-mark';
import { Sparkline } from '@/ui/sparkline';
import { Section } from './section';

const ROWS = ['write', 'plan', 'answer', 'watch'] as const;

/** Small readings beside each row: facts of the product, not decoration. */
function Reading({ row }: { row: (typeof ROWS)[number] }): ReactNode {
  const t = useTranslations('marketing.home.work.readings');
  const format = useFormatter();
  if (row === 'write') {
    return (
      <dl className="grid gap-1 font-mono text-sm">
        {(['post_text', 'rewrite', 'image'] as const).map((task) => (
          <div key={task} className="flex justify-between gap-6">
            <dt className="text-muted">{t(task)}</dt>
            <dd>{t('tokens', { count: priceOf(task) })}</dd>
          </div>
        ))}
      </dl>
    );
  }
  if (row === 'plan') {
    return (
      <div aria-hidden="true" className="flex gap-1.5">
        {['08:15', '12:30', '19:00'].map((time, index) => (
          <span
            key={time}
            className={`inline-flex h-7 items-center gap-1.5 px-2 text-sm tabular-nums ${index === 1 ? 'outline-slot text-muted' : 'rounded-md border border-line bg-surface'}`}
          >
            {index !== 1 && (
              <NetworkMark platform={index === 0 ? 'mastodon' : 'bluesky'} size={14} decorative />
            )}
            {time}
          </span>
        ))}
      </div>
    );
  }
  if (row === 'answer') return <p className="text-sm text-muted">{t('approval')}</p>;
  return (
    <div className="flex items-end gap-4">
      <span className="font-display text-2xl font-semibold tabular-nums">
        {format.number(0.048, { style: 'percent', minimumFractionDigits: 1 })}
      </span>
      <Sparkline values={[3.1, 3.3, null, 3.9, 3.6, 4.1, 4.4, 4.8]} />
      <span className="text-sm text-muted">{t('example')}</span>
    </div>
  );
}

/** What it does, as a specification sheet. */
export function Work() {
  const t = useTranslations('marketing.home.work');
  return (
    <Section id="work" title={t('title')} lead={t('lead')}>
      <div className="border-b border-line">
        {ROWS.map((row) => (
          <div
            key={row}
            className="grid items-start gap-x-10 gap-y-3 border-t border-line py-6 md:grid-cols-[10rem_1fr_16rem]"
          >
            <h3 className="text-lg font-semibold">{t(`${row}.name`)}</h3>
            <p className="max-w-[56ch] text-lg text-muted">{t(`${row}.body`)}</p>
            <Reading row={row} />
          </div>
        ))}
      </div>
    </Section>
  );
}
