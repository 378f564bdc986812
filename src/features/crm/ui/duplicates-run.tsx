'use client';
import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Progress } from '@/ui/progress';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { useAttempt } from '@/ui/use-attempt';
import { dedupRunModel } from '../dedup/schema';

type Run = DocOf<typeof dedupRunModel>;

/** The search that runs, live, or how the last one ended; and a way to begin one. */
export function DuplicatesRun() {
  const t = useTranslations('duplicates.run');
  const { organization } = useSession();
  const live = useLiveQuery({
    model: dedupRunModel,
    where: [['organizationId', '==', organization.id]],
    orderBy: [['startedAt', 'desc']],
    limit: 20,
  });
  // After every sync there is a small one; what people asked for is what they look for.
  const run =
    live.items.find(({ finishedAt }) => finishedAt === null) ??
    live.items.find(({ requestedBy }) => requestedBy !== 'irisync') ??
    live.items[0];
  const running = run !== undefined && run.finishedAt === null;
  const { busy, error, attempt } = useAttempt();
  const start = async (dryRun: boolean) => {
    await attempt(async () => {
      await api('POST', '/api/dedup/runs', { body: { full: true, dryRun } });
    });
  };
  return (
    <Card
      title={t('last')}
      actions={
        <>
          <Button size="sm" disabled={running} loading={busy} onClick={() => void start(true)}>
            {t('dry')}
          </Button>
          <Button
            size="sm"
            variant="primary"
            icon={<Search />}
            disabled={running}
            loading={busy}
            onClick={() => void start(false)}
          >
            {t('start')}
          </Button>
        </>
      }
    >
      {live.status === 'error' ? (
        <ErrorState compact error={live.error} onRetry={live.retry} />
      ) : live.status === 'loading' ? (
        <Skeleton className="h-6 w-80 max-w-full" />
      ) : run ? (
        <Outcome run={run} />
      ) : (
        <p className="text-muted">{t('never')}</p>
      )}
      {error !== null && <ErrorState compact error={error} />}
    </Card>
  );
}

function Outcome({ run }: { run: Run }) {
  const t = useTranslations('duplicates.run');
  const { processed } = run.counts;
  if (run.finishedAt === null)
    return (
      <Progress
        label={t('running')}
        value={run.total === null ? null : processed}
        max={run.total ?? 1}
        detail={
          run.total === null ? t('detailOpen', { processed }) : t('detail', { processed, total: run.total })
        }
      />
    );
  return (
    <div role="status" className="grid gap-2">
      <p className="flex flex-wrap items-baseline gap-x-2">
        {run.status === 'failed'
          ? `${t('failed')} ${run.message ?? ''}`
          : t(run.dryRun ? 'would' : 'done', run.counts)}
        <span className="text-sm text-muted">
          <RelativeTime at={run.finishedAt} />
        </span>
      </p>
      {run.pairs.length > 0 && (
        <ul className="grid max-h-48 gap-1 overflow-y-auto text-sm">
          {run.pairs.map(({ recordIds, titles, outcome }) => (
            <li key={recordIds.join()}>
              {titles.map((title) => title || '–').join(' · ')}{' '}
              <span className="text-muted">{t(outcome === 'merge' ? 'wouldMerge' : 'wouldAsk')}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
