'use client';
import { BellRing, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import { NetworkMark } from '@/ui/network-mark';
import { RelativeTime } from '@/ui/relative-time';
import { notificationChannelModel } from '../../channels/schema';
import { CHANNEL_TONES, type Channel, whereOf } from './channel';
import { ChannelDialog } from './channel-dialog';
import { ChannelSheet } from './channel-sheet';

/** Rooms in Slack and Teams, live: whether they take messages, and what was sent to each. */
export function NotificationChannelsPage() {
  const t = useTranslations('notify');
  const { organization, permissions } = useSession();
  const allowed = permissions.includes('integrations.manage');
  const channels = useLiveQuery(
    allowed
      ? { model: notificationChannelModel, where: [['organizationId', '==', organization.id]], limit: 50 }
      : null,
  );
  const [creating, setCreating] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const columns = useColumns();
  const open = channels.items.find((one) => one.id === openId) ?? null;
  if (!allowed)
    return <EmptyState icon={<BellRing />} title={t('forbidden')} body={t('forbiddenBody')} outline="none" />;
  const create = (
    <Button variant="primary" icon={Plus} onClick={() => setCreating(true)}>
      {t('create')}
    </Button>
  );
  return (
    <>
      <p className="text-sm text-muted">{t('intro')}</p>
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={channels.items}
        rowKey={(channel) => channel.id}
        onRowOpen={(channel) => setOpenId(channel.id)}
        loading={channels.status === 'loading'}
        error={channels.error}
        onRetry={channels.retry}
        storageKey="notification-channels"
        defaultSort={{ id: 'name', desc: false }}
        toolbar={channels.items.length > 0 ? create : undefined}
        empty={<EmptyState icon={<BellRing />} title={t('empty')} body={t('emptyBody')} action={create} />}
      />
      {creating && <ChannelDialog channel={null} onClose={() => setCreating(false)} />}
      <ChannelSheet channel={open} onClose={() => setOpenId(null)} />
    </>
  );
}

function useColumns(): DataColumn<Channel>[] {
  const t = useTranslations('notify');
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('name'),
        hideable: false,
        className: 'max-w-60 truncate',
        sortValue: (channel) => channel.name,
        cell: (channel) => channel.name,
      },
      {
        id: 'status',
        header: t('status'),
        hideable: false,
        sortValue: (channel) => channel.status,
        cell: (channel) => <Badge tone={CHANNEL_TONES[channel.status]}>{t(`state.${channel.status}`)}</Badge>,
      },
      {
        id: 'where',
        header: t('where'),
        className: 'max-w-80 truncate',
        sortValue: (channel) => channel.kind,
        cell: (channel) => (
          <>
            <NetworkMark
              platform={channel.kind === 'teams' ? 'teams' : 'slack'}
              decorative
              className="mr-2 inline"
            />
            {t(`kinds.${channel.kind}`)}
            <code className="ml-2 font-mono text-xs text-muted">{whereOf(channel)}</code>
          </>
        ),
      },
      {
        id: 'hears',
        header: t('hears'),
        cell: (channel) => t('hearsCount', { count: channel.rules.length }),
      },
      {
        id: 'delivered',
        header: t('lastDelivered'),
        sortValue: (channel) => channel.lastDeliveredAt,
        cell: (channel) =>
          channel.lastDeliveredAt ? <RelativeTime at={channel.lastDeliveredAt} /> : t('never'),
      },
    ],
    [t],
  );
}
