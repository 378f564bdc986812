'use client';
import { Eye, RefreshCw, ScanSearch } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useLiveDoc } from '@/client/use-live-query';
import { crmConnectionModel } from '@/features/crm/schema';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { Progress } from '@/ui/progress';
import { RelativeTime } from '@/ui/relative-time';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import { Switch } from '@/ui/switch';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { ConflictList } from './conflict-list';
import { ConflictPolicy } from './conflict-policy';
import { type CrmConnection, RESULT_TONES } from './connection';
import { LiveChangesCard } from './live-changes';
import { SyncResults } from './sync-results';

const HOURS = [1, 3, 6, 12, 24];

/** How far syncing is, live; starting it, and when it runs by itself. */
export function SyncPanel({
  id,
  manage,
  ready,
  writes,
  tells,
}: {
  id: string;
  manage: boolean;
  ready: boolean;
  /** Whether changes go to the vendor too: elsewhere sides cannot disagree. */
  writes: boolean;
  /** Whether the vendor tells of changes as they happen. */
  tells: boolean;
}) {
  const t = useTranslations('integrations.sync');
  const live = useLiveDoc(crmConnectionModel, id);
  if (live.status === 'loading') return <Skeleton className="h-32 rounded-lg" />;
  if (live.status === 'error') return <ErrorState error={live.error} onRetry={live.retry} />;
  if (!live.item) return null;
  return (
    <>
      <Card title={t('title')} description={t(writes ? 'description' : 'descriptionRead')}>
        <div className="grid gap-4">
          <LastRun connection={live.item} />
          <ProgressList connection={live.item} />
          {manage && ready && <SyncActions connection={live.item} />}
        </div>
      </Card>
      {manage && writes && <ConflictList connectionId={id} />}
      {manage && <Schedule connection={live.item} disabled={!ready} />}
      {tells && <LiveChangesCard connection={live.item} manage={manage} ready={ready} />}
      {manage && writes && <ConflictPolicy connection={live.item} />}
      {manage && <SyncResults connectionId={id} />}
    </>
  );
}

function LastRun({ connection }: { connection: CrmConnection }) {
  const t = useTranslations('integrations.sync');
  const { lastSyncAt, lastStatus, lastMessage } = connection;
  if (!lastSyncAt || !lastStatus) return <p className="text-muted">{t('never')}</p>;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <StatusBadge tone={RESULT_TONES[lastStatus]}>{t(`result.${lastStatus}`)}</StatusBadge>
      <span className="text-sm text-muted">
        <RelativeTime at={lastSyncAt} />
      </span>
      {lastMessage && <p className="basis-full">{lastMessage}</p>}
    </div>
  );
}

function ProgressList({ connection }: { connection: CrmConnection }) {
  const t = useTranslations('integrations.sync');
  const running = connection.taskId !== null;
  const kinds = connection.syncConfig.entities.flatMap((entity) => {
    const progress = connection.progress[entity];
    return progress ? [{ entity, progress }] : [];
  });
  if (kinds.length === 0) return running ? <Progress label={t('starting')} value={null} /> : null;
  return (
    <ul className="grid gap-3">
      {kinds.map(({ entity, progress }) => {
        const detail = t('counts', {
          processed: progress.processed,
          created: progress.created,
          updated: progress.updated,
          deleted: progress.deleted,
          failed: progress.failed,
        });
        return (
          <li key={entity}>
            {running && progress.state === 'running' ? (
              <Progress label={t(`entity.${entity}`)} value={null} detail={detail} />
            ) : (
              <p className="flex flex-wrap gap-x-3">
                <span className="font-medium">{t(`entity.${entity}`)}</span>
                <span className="text-sm text-muted">{detail}</span>
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function SyncActions({ connection }: { connection: CrmConnection }) {
  const t = useTranslations('integrations.sync');
  const { busy, error, attempt } = useAttempt();
  const [confirming, setConfirming] = useState(false);
  const running = connection.taskId !== null || busy;

  const begin = (body: object) =>
    attempt(async () => {
      await api('POST', `/api/integrations/${connection.id}/sync`, { body });
      toast.success(t('begun'));
    });
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" icon={<RefreshCw />} loading={running} onClick={() => void begin({})}>
          {t('now')}
        </Button>
        <Button icon={<ScanSearch />} disabled={running} onClick={() => void begin({ full: true })}>
          {t('full')}
        </Button>
        <Button icon={<Eye />} disabled={running} onClick={() => void begin({ dryRun: true })}>
          {t('dryRun')}
        </Button>
      </div>
      {connection.heldDeletes > 0 && (
        <div role="status" className="grid gap-2 rounded-lg border border-line bg-sunken p-3">
          <p>{t('held', { count: connection.heldDeletes })}</p>
          <Button
            variant="danger"
            className="justify-self-start"
            disabled={running}
            onClick={() => setConfirming(true)}
          >
            {t('confirmDeletes')}
          </Button>
        </div>
      )}
      {error !== null && <ErrorState compact error={error} />}
      <ConfirmDialog
        open={confirming}
        onOpenChange={setConfirming}
        danger
        title={t('confirmTitle', { count: connection.heldDeletes })}
        body={t('confirmBody')}
        confirmLabel={t('confirmDeletes')}
        onConfirm={() =>
          api('POST', `/api/integrations/${connection.id}/sync`, {
            body: { full: true, confirmDeletes: true },
          })
        }
      />
    </div>
  );
}

function Schedule({ connection, disabled }: { connection: CrmConnection; disabled: boolean }) {
  const t = useTranslations('integrations.sync');
  const { enabled, everyHours } = connection.syncConfig;
  const { error, attempt } = useAttempt();
  const save = (body: { enabled: boolean; everyHours: number }) =>
    attempt(() => api('PUT', `/api/integrations/${connection.id}/schedule`, { body }));
  return (
    <Card title={t('schedule')}>
      <div className="flex flex-wrap items-center gap-4">
        <Switch
          label={t('byItself')}
          checked={enabled}
          disabled={disabled}
          onCheckedChange={(on) => void save({ enabled: on, everyHours })}
        />
        <Select
          aria-label={t('every')}
          className="w-48"
          value={String(everyHours)}
          disabled={disabled || !enabled}
          options={HOURS.map((hours) => ({ value: String(hours), label: t('hours', { count: hours }) }))}
          onValueChange={(value) => void save({ enabled, everyHours: Number(value) })}
        />
      </div>
      {error !== null && <ErrorState compact error={error} />}
    </Card>
  );
}
