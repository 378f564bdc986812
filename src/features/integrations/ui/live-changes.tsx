'use client';
import { useNow, useTranslations } from 'next-intl';
import { api } from '@/client/api';
import type { LiveChanges } from '@/features/crm/schema';
import type { Tone } from '@/ui/badge';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { RelativeTime } from '@/ui/relative-time';
import { StatusBadge } from '@/ui/status-badge';
import { Switch } from '@/ui/switch';
import { useAttempt } from '@/ui/use-attempt';
import { shownLiveChanges } from '../changes/schema';
import type { CrmConnection } from './connection';

const TONES: Record<LiveChanges['state'], Tone> = {
  off: 'neutral',
  waiting: 'warn',
  catching_up: 'info',
  live: 'ok',
};

/** Whether changes come as they happen, how that goes, and why not where it does not. */
export function LiveChangesCard({
  connection,
  manage,
  ready,
}: {
  connection: CrmConnection;
  manage: boolean;
  ready: boolean;
}) {
  const t = useTranslations('integrations.live');
  const now = useNow({ updateInterval: 60_000 });
  const { busy, error, attempt } = useAttempt();
  const { enabled, state, reason, heardAt } = shownLiveChanges(connection.liveChanges, now);
  const change = (on: boolean) =>
    attempt(() => api('PUT', `/api/integrations/${connection.id}/live-changes`, { body: { enabled: on } }));
  return (
    <Card title={t('title')} description={t('description')}>
      <div className="grid gap-3">
        {manage && (
          <Switch
            label={t('switch')}
            checked={enabled}
            disabled={busy || (!ready && !enabled)}
            onCheckedChange={(on) => void change(on)}
          />
        )}
        <div role="status" className="flex flex-wrap items-center gap-2">
          <StatusBadge tone={TONES[state]}>{t(`state.${state}`)}</StatusBadge>
          {heardAt && state !== 'off' && (
            <span className="text-sm text-muted">
              {t('heard')} <RelativeTime at={heardAt} />
            </span>
          )}
          <p className="basis-full text-sm text-muted">
            {state === 'waiting' && reason ? t(`reason.${reason}`) : t(`meaning.${state}`)}
          </p>
        </div>
        {error !== null && <ErrorState compact error={error} />}
      </div>
    </Card>
  );
}
