'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { Progress } from '@/ui/progress';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import type { RateLimitsView } from '../../limits/schema';
import { ConnectionPage } from './connection-page';
import { levelName } from './level-name';
import { LimitsForm } from './limits-form';

/** What is used lasts seconds. */
const REFRESH_MS = 5_000;

/** What may be called, what is used of it, and what waits. */
export function LimitsPage({ id }: { id: string }) {
  return <ConnectionPage id={id}>{() => <Limits id={id} />}</ConnectionPage>;
}

function Limits({ id }: { id: string }) {
  const { permissions } = useSession();
  const client = useQueryClient();
  const path = `/api/rate-limits/${id}` as const;
  const answer = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => api<RateLimitsView>('GET', path, { signal }),
    refetchInterval: REFRESH_MS,
  });
  const changed = (view: RateLimitsView) => client.setQueryData([path], view);
  if (answer.error && !answer.data)
    return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <LimitsSkeleton />;
  const manage = permissions.includes('integrations.manage');
  const view = answer.data;
  return (
    <>
      <Notices view={view} />
      <Pace view={view} path={path} manage={manage} onChanged={changed} />
      <Levels view={view} />
      {manage && (
        <LimitsForm
          key={view.levels.map(({ setTo }) => setTo).join()}
          path={path}
          view={view}
          onSaved={changed}
        />
      )}
    </>
  );
}

function LimitsSkeleton() {
  return (
    <div aria-busy="true" className="grid gap-4">
      <Skeleton className="h-28 rounded-lg" />
      <Skeleton className="h-64 rounded-lg" />
    </div>
  );
}

function Notices({ view }: { view: RateLimitsView }) {
  const t = useTranslations('operations.limits');
  const notice = (text: ReactNode) => (
    <p role="status" className="rounded-lg border border-line bg-sunken p-3">
      {text}
    </p>
  );
  return (
    <>
      {view.degraded && notice(t('degraded'))}
      {view.pausedUntil &&
        notice(
          <>
            {t('paused')} <RelativeTime at={view.pausedUntil} />
          </>,
        )}
    </>
  );
}

function Pace({
  view,
  path,
  manage,
  onChanged,
}: {
  view: RateLimitsView;
  path: `/api/rate-limits/${string}`;
  manage: boolean;
  onChanged: (view: RateLimitsView) => void;
}) {
  const t = useTranslations('operations.limits');
  const format = useFormatter();
  const [asking, setAsking] = useState(false);
  const { quota, running } = view;
  return (
    <Card
      title={t('pace')}
      description={t(view.multiplier < 1 ? 'paceSlow' : 'paceFull')}
      actions={
        manage ? (
          <Button icon={<RotateCcw />} onClick={() => setAsking(true)}>
            {t('reset')}
          </Button>
        ) : null
      }
    >
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2 lg:grid-cols-4">
        <Fact name={t('multiplier')}>{format.number(view.multiplier, { style: 'percent' })}</Fact>
        <Fact name={t('queued')}>{format.number(view.queued)}</Fact>
        {running && (
          <Fact name={t('running')}>
            {t('of', { used: format.number(running.count), limit: format.number(running.limit) })}
          </Fact>
        )}
        <Fact name={t('quota')}>
          {quota
            ? t('quotaLeft', { left: format.number(quota.left), limit: format.number(quota.limit) })
            : t('quotaUnknown')}
        </Fact>
      </dl>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('resetTitle')}
        body={t('resetBody')}
        confirmLabel={t('reset')}
        onConfirm={async () => {
          onChanged(await api<RateLimitsView>('POST', `${path}/reset`));
          toast.success(t('resetDone'));
        }}
      />
    </Card>
  );
}

function Levels({ view }: { view: RateLimitsView }) {
  const t = useTranslations('operations.limits');
  const format = useFormatter();
  return (
    <Card title={t('levels')} description={t('levelsBody')}>
      <ul className="grid gap-x-8 gap-y-5 lg:grid-cols-2">
        {view.levels.map((one) => (
          <li key={`${one.level} ${one.operation}`}>
            <Progress
              label={levelName(t, one)}
              value={one.used}
              max={one.limit}
              detail={t('usedOf', {
                used: format.number(one.used),
                limit: format.number(one.limit),
                seconds: format.number(one.windowMs / 1000),
              })}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </div>
  );
}
