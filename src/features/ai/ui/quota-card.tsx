'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { Progress } from '@/ui/progress';
import { Skeleton } from '@/ui/skeleton';
import type { QuotaView } from '../insight-schema';
import { costText } from './amounts';
import { useQuota } from './use-usage';

const KINDS = ['tokens', 'requests', 'costMicros'] as const;
type Kind = (typeof KINDS)[number];

/** The month's ceilings, for everybody together and for the person looking. */
export function QuotaCard({ organizationId, manages }: { organizationId: string; manages: boolean }) {
  const t = useTranslations('ai.quota');
  const format = useFormatter();
  const quota = useQuota(organizationId);
  if (quota.error && !quota.data)
    return <ErrorState error={quota.error} onRetry={() => void quota.refetch()} />;
  return (
    <Card
      title={t('title')}
      description={
        quota.data &&
        t('period', {
          date: format.dateTime(new Date(quota.data.endsAt), { dateStyle: 'long', timeZone: 'UTC' }),
        })
      }
      actions={manages && <LinkButton href="/ai/settings#quotas">{t('change')}</LinkButton>}
    >
      {quota.data ? (
        <div className="grid gap-x-8 gap-y-6 md:grid-cols-2">
          <Scope title={t('organization')} view={quota.data.organization} manages={manages} />
          <Scope title={t('own')} view={quota.data.own} manages={manages} />
        </div>
      ) : (
        <div role="status" aria-label={t('loading')} className="grid gap-6 md:grid-cols-2">
          <Skeleton className="h-28" />
          <Skeleton className="h-28" />
        </div>
      )}
    </Card>
  );
}

type ScopeProps = { title: string; view: QuotaView; manages: boolean };

function Scope({ title, view, manages }: ScopeProps) {
  const kinds = KINDS.filter((kind) => manages || kind !== 'costMicros' || view.limit.costMicros !== null);
  return (
    <section className="grid min-w-0 content-start gap-3.5">
      <h3 className="text-sm font-medium">{title}</h3>
      {kinds.map((kind) => (
        <Amount key={kind} kind={kind} view={view} />
      ))}
    </section>
  );
}

function Amount({ kind, view }: { kind: Kind; view: QuotaView }) {
  const t = useTranslations('ai.quota');
  const format = useFormatter();
  const text = (value: number) => (kind === 'costMicros' ? costText(format, value) : format.number(value));
  const used = view.used[kind] + view.held[kind];
  const limit = view.limit[kind];
  const left = view.remaining[kind];
  if (limit === null || left === null)
    return (
      <div className="flex items-center justify-between gap-3 text-sm">
        <span>{t(`kind.${kind}`)}</span>
        <span className="text-muted tabular-nums">{t('unlimited', { used: text(used) })}</span>
      </div>
    );
  return (
    <Progress
      label={t(`kind.${kind}`)}
      value={used}
      max={limit}
      detail={t(left === 0 ? 'spent' : 'left', { used: text(used), limit: text(limit), left: text(left) })}
    />
  );
}
