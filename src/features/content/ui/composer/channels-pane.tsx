'use client';
import { Cable } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { Connection } from '@/features/platforms/schema';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { Skeleton } from '@/ui/skeleton';
import { ChannelRow, type ChannelRowProps } from './channel-row';
import type { Draft, Target } from './composer-state';
import { FindingsList } from './findings-list';
import { sortFindings } from './shared-findings';
import type { useChannels } from './use-channels';
import type { ChannelCheck } from './use-checks';

export interface ChannelsPaneProps {
  live: ReturnType<typeof useChannels>;
  draft: Draft;
  target: Target;
  checks: ReadonlyMap<string, ChannelCheck>;
  locked: (connection: Connection) => string | null;
  canConnect: boolean;
  onToggle: (connection: Connection) => void;
  onEdit: (connectionId: string) => void;
  onReset: (connectionId: string) => void;
  onSplit: (connection: Connection) => void;
  onFit: (connection: Connection, media: number) => Promise<void>;
  onSetting: (connectionId: string, key: string, value: unknown) => void;
}

/** Where it goes. */
export function ChannelsPane(props: ChannelsPaneProps) {
  const { live, draft, target, checks } = props;
  const t = useTranslations('content.channels');
  if (live.status === 'error') return <ErrorState error={live.error} onRetry={live.retry} compact />;
  if (live.status === 'loading') {
    return (
      <div className="grid gap-2" role="status" aria-busy="true" aria-label={t('loading')}>
        {[1, 2, 3].map((row) => (
          <Skeleton key={row} className="h-14" />
        ))}
      </div>
    );
  }
  if (live.channels.length === 0) {
    return (
      <EmptyState
        icon={Cable}
        title={t('emptyTitle')}
        body={props.canConnect ? t('emptyBody') : t('emptyAsk')}
        action={
          props.canConnect && (
            <LinkButton href="/channels" variant="primary">
              {t('connect')}
            </LinkButton>
          )
        }
        className="min-h-48"
      />
    );
  }
  const { shared, own } = sortFindings(
    checks,
    draft.channels.map((channel) => channel.connectionId),
  );
  const rowOf = (connection: Connection): Omit<ChannelRowProps, 'connection'> => ({
    channel: draft.channels.find((channel) => channel.connectionId === connection.id),
    counts: checks.get(connection.id)?.counts,
    findings: own.get(connection.id) ?? [],
    locked: props.locked(connection),
    editing: target !== 'all' && target.connectionId === connection.id,
    onToggle: () => props.onToggle(connection),
    onEdit: () => props.onEdit(connection.id),
    onReset: () => props.onReset(connection.id),
    onSplit: () => props.onSplit(connection),
    onFit: (media) => props.onFit(connection, media),
    onSetting: (key, value) => props.onSetting(connection.id, key, value),
  });
  return (
    <>
      <ul className="grid grid-cols-1 gap-2">
        {live.channels.map((connection) => (
          <ChannelRow key={connection.id} connection={connection} {...rowOf(connection)} />
        ))}
      </ul>
      <FindingsList findings={shared} />
    </>
  );
}
