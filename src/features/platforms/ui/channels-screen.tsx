'use client';

import { Cable, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import type { AccountView, Connection } from '@/features/platforms/schema';
import { type ChannelAction, ChannelRow } from '@/features/platforms/ui/channel-row';
import { ConnectDialog, type Reconnecting } from '@/features/platforms/ui/connect-dialog';
import { ConnectNotice } from '@/features/platforms/ui/connect-notice';
import { SettingsSheet } from '@/features/platforms/ui/settings-sheet';
import { TargetChoiceDialog } from '@/features/platforms/ui/target-choice';
import { useChannels } from '@/features/platforms/ui/use-channels';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { PageHeader } from '@/ui/page-header';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';

export type ChannelsScreenProps = {
  organizationId: string;
  /** The member may connect and disconnect. */
  manage: boolean;
  /** Channels this member may use; empty means all. */
  channelIds?: readonly string[] | undefined;
};

type Pending = { id: string; action: ChannelAction } | null;

/** Connected accounts with their health, live; connecting, checking and disconnecting them. */
export function ChannelsScreen({ organizationId, manage, channelIds }: ChannelsScreenProps) {
  const t = useTranslations('platforms');
  const { status, error, retry, channels } = useChannels(organizationId, channelIds);
  const [connecting, setConnecting] = useState(false);
  const [reconnecting, setReconnecting] = useState<Reconnecting | null>(null);
  const [settings, setSettings] = useState<Connection | null>(null);
  const [leaving, setLeaving] = useState<Connection | null>(null);
  const { pending, act } = useChannelActions();
  const attention = channels.filter((channel) => channel.health === 'needs_reauth').length;

  const onAction = (channel: Connection, action: ChannelAction) => {
    if (action === 'settings') setSettings(channel);
    else if (action === 'disconnect') setLeaving(channel);
    else if (action === 'reconnect') setReconnecting(channel);
    else void act(channel, action);
  };
  const connectButton = manage ? (
    <Button variant="primary" icon={<Plus />} onClick={() => setConnecting(true)}>
      {t('connect')}
    </Button>
  ) : null;
  return (
    <>
      <PageHeader
        title={t('title')}
        description={attention > 0 ? t('needsYou', { count: attention }) : t('description')}
        actions={channels.length > 0 ? connectButton : null}
      />
      <ConnectNotice />
      {manage && <TargetChoiceDialog organizationId={organizationId} />}
      {status === 'loading' && <Loading />}
      {status === 'error' && <ErrorState error={error} onRetry={retry} />}
      {status !== 'loading' && status !== 'error' && channels.length === 0 && (
        <EmptyState
          icon={<Cable />}
          title={t('empty.title')}
          body={manage ? t('empty.body') : t('empty.readOnly')}
          action={connectButton}
        />
      )}
      {channels.length > 0 && (
        <ul aria-label={t('title')} className="divide-y divide-line rounded-lg border border-line bg-surface">
          {channels.map((channel) => (
            <ChannelRow
              key={channel.id}
              channel={channel}
              manage={manage}
              busy={pending?.id === channel.id ? pending.action : null}
              onAction={(action) => onAction(channel, action)}
            />
          ))}
        </ul>
      )}
      <ConnectDialog
        open={connecting || reconnecting !== null}
        organizationId={organizationId}
        reconnecting={reconnecting}
        onOpenChange={(open) => {
          setConnecting(open);
          if (!open) setReconnecting(null);
        }}
        onConnected={(account: AccountView) => {
          setConnecting(false);
          setReconnecting(null);
          toast.success(t('done.connected', { name: account.displayName }));
        }}
      />
      <SettingsSheet
        channel={settings}
        onClose={() => setSettings(null)}
        onSaved={() => toast.success(t('done.saved'))}
      />
      <ConfirmDialog
        open={leaving !== null}
        onOpenChange={(open) => !open && setLeaving(null)}
        danger
        title={t('disconnect.title', { name: leaving?.displayName ?? '' })}
        body={t('disconnect.body')}
        confirmLabel={t('disconnect.confirm')}
        onConfirm={async () => {
          if (!leaving) return;
          await api('DELETE', `/api/accounts/${leaving.id}`);
          toast.success(t('done.disconnected', { name: leaving.displayName }));
        }}
      />
    </>
  );
}

function useChannelActions() {
  const t = useTranslations('platforms.done');
  const [pending, setPending] = useState<Pending>(null);
  const act = async (channel: Connection, action: 'check' | 'renew') => {
    setPending({ id: channel.id, action });
    const name = channel.displayName;
    try {
      const path = action === 'check' ? 'validate' : 'refresh';
      const account = await api<AccountView>('POST', `/api/accounts/${channel.id}/${path}`);
      if (account.health === 'needs_reauth') toast.warning(t('checkedGone', { name }));
      else toast.success(action === 'check' ? t('checked', { name }) : t('renewed', { name }));
    } catch (error) {
      toast.error(error instanceof Error ? error.message : String(error));
    } finally {
      setPending(null);
    }
  };
  return { pending, act };
}

function Loading() {
  return (
    <div aria-busy="true" className="divide-y divide-line rounded-lg border border-line bg-surface">
      {[1, 2, 3].map((row) => (
        <div key={row} className="flex items-center gap-4 px-4 py-3">
          <Skeleton className="size-10 rounded-full" />
          <div className="grid flex-1 gap-2">
            <Skeleton className="h-4 w-40" />
            <Skeleton className="h-3 w-56" />
          </div>
          <Skeleton className="h-5 w-20" />
        </div>
      ))}
    </div>
  );
}
