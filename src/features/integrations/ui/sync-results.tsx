'use client';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Timeline } from '@/ui/timeline';
import { syncResultModel } from '../sync/schema';
import { RESULT_TONES } from './connection';
import { SyncPreview } from './sync-preview';

/** The last runs, newest first, each opening what was recorded. */
export function SyncResults({ connectionId }: { connectionId: string }) {
  const t = useTranslations('integrations.sync');
  const { organization } = useSession();
  const live = useLiveQuery({
    model: syncResultModel,
    where: [
      ['organizationId', '==', organization.id],
      ['integrationId', '==', connectionId],
    ],
    orderBy: [['executedAt', 'desc']],
    limit: 20,
  });
  return (
    <Card title={t('runs')}>
      {live.status === 'error' ? (
        <ErrorState compact error={live.error} onRetry={live.retry} />
      ) : (
        <Timeline
          loading={live.status === 'loading'}
          empty={<p className="text-muted">{t('noRuns')}</p>}
          events={live.items.map((result) => ({
            id: result.id,
            at: result.executedAt,
            tone: RESULT_TONES[result.status],
            title: result.dryRun ? t('dryResult') : t(`result.${result.status}`),
            body: (
              <>
                {t('counts', {
                  processed: result.recordsProcessed,
                  created: result.recordsCreated,
                  updated: result.recordsUpdated,
                  deleted: result.recordsDeleted,
                  failed: result.recordsFailed,
                })}
                {result.dryRun && <SyncPreview diffs={result.diffs} />}
              </>
            ),
            raw: {
              message: result.message,
              unchanged: result.recordsUnchanged,
              heldDeletes: result.heldDeletes,
              milliseconds: result.duration,
              faults: result.faults,
            },
          }))}
        />
      )}
    </Card>
  );
}
