import { Check, RotateCw, X } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { CountRing } from '@/ui/count-ring';
import { NetworkMark, networkName } from '@/ui/network-mark';
import { Sparkline } from '@/ui/sparkline';
import { StatusBadge } from '@/ui/status-badge';
import { Timeline } from '@/ui/timeline';

const CHANNELS = [
  { platform: 'mastodon', handle: '@press@printers.example', used: 268, limit: 500 },
  { platform: 'bluesky', handle: '@press.example', used: 287, limit: 300 },
  { platform: 'x', handle: '@press_example', used: 291, limit: 280 },
] as const;
const REACH = [0, 4, 9, 22, 31, 58, 96, 140, 171, 236, 312];

function Pane({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-3 p-5">
      <p className="text-sm font-medium text-muted">{title}</p>
      {children}
    </div>
  );
}

function Say() {
  const t = useTranslations('marketing.home.desk');
  const chip = 'inline-flex h-6 items-center gap-1 rounded-md border border-line px-1.5 text-xs';
  return (
    <Pane title={t('say')}>
      <p className="text-xl">
        {t('text')} <s className="text-muted decoration-danger">{t('before')}</s>{' '}
        <span className="rounded-[3px] bg-iris-tint text-iris-text">{t('after')}</span>
      </p>
      <div className="flex flex-wrap items-center gap-1.5">
        <span className={`${chip} border-transparent bg-iris text-on-iris`}>
          <Check size={12} />
          {t('accept')}
        </span>
        <span className={chip}>
          <X size={12} />
          {t('reject')}
        </span>
        <span className={chip}>
          <RotateCw size={12} />
          {t('again')}
        </span>
        <span className="ml-auto font-mono text-xs text-muted">{t('price')}</span>
      </div>
    </Pane>
  );
}

function Where() {
  const t = useTranslations('marketing.home.desk');
  return (
    <Pane title={t('where')}>
      <ul className="grid gap-3">
        {CHANNELS.map(({ platform, handle, used, limit }) => (
          <li key={platform} className="flex items-start gap-2.5">
            <NetworkMark platform={platform} size={20} decorative className="mt-0.5" />
            <span className="grid min-w-0 flex-1">
              <span className="font-medium">{networkName(platform)}</span>
              <span className="truncate text-xs text-muted">{handle}</span>
              {used > limit && <span className="text-xs text-danger">{t('rule')}</span>}
            </span>
            <CountRing used={used} limit={limit} label={networkName(platform)} showCount />
          </li>
        ))}
      </ul>
    </Pane>
  );
}

function Happened() {
  const t = useTranslations('marketing.home.desk');
  const format = useFormatter();
  return (
    <Pane title={t('happened')}>
      <Timeline
        events={[
          { id: 'due', at: 0, when: '14:00:00', tone: 'neutral', title: t('due') },
          { id: 'sent', at: 1, when: '14:00:01', tone: 'iris', title: t('sent') },
          { id: 'posted', at: 2, when: '14:00:02', tone: 'ok', title: t('posted') },
          { id: 'reach', at: 3, when: '14:06', tone: 'coral', title: t('measured') },
        ]}
      />
      <div className="mt-auto flex items-end justify-between gap-3 border-t border-line pt-3">
        <span>
          <span className="block font-display text-2xl font-semibold tabular-nums">{format.number(312)}</span>
          <span className="text-xs text-muted">{t('reach')}</span>
        </span>
        <Sparkline values={REACH} className="h-9 w-32" />
      </div>
    </Pane>
  );
}

/** The product itself with example data: what you say, where it goes, what happened. A picture: nothing in it acts. */
export function Desk() {
  const t = useTranslations('marketing.home.desk');
  return (
    <figure>
      <div role="img" aria-label={t('label')} className="rounded-lg border border-line bg-surface">
        <div className="flex items-center gap-3 border-b border-line px-5 py-2.5 text-sm">
          <span className="font-medium">{t('title')}</span>
          <StatusBadge tone="coral">{t('live')}</StatusBadge>
        </div>
        <div className="grid divide-y divide-line lg:grid-cols-[1.15fr_1fr_1fr] lg:divide-x lg:divide-y-0">
          <Say />
          <Where />
          <Happened />
        </div>
      </div>
      <figcaption className="mt-2 text-sm text-muted">{t('caption')}</figcaption>
    </figure>
  );
}
