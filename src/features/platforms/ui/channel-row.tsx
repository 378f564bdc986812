'use client';

import { ExternalLink, MoreHorizontal, Plug, RefreshCw, Settings2, ShieldCheck, Unplug } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { hasInbox } from '@/features/platforms/inbox-support.data';
import type { Connection } from '@/features/platforms/schema';
import { HealthBadge } from '@/features/platforms/ui/health-badge';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Menu, type MenuItem } from '@/ui/menu';
import { NetworkMark, networkName } from '@/ui/network-mark';
import { SandboxTag } from '@/ui/sandbox-tag';

export type ChannelAction = 'check' | 'renew' | 'settings' | 'disconnect' | 'reconnect';

export type ChannelRowProps = {
  channel: Connection;
  manage: boolean;
  /** The action that is under way for this channel. */
  busy: ChannelAction | null;
  onAction: (action: ChannelAction) => void;
};

/** One channel: who it is, how it is doing and why, and what can be done. */
export function ChannelRow({ channel, manage, busy, onAction }: ChannelRowProps) {
  const t = useTranslations('platforms');
  const format = useFormatter();
  const ends = channel.refreshable ? null : channel.tokenExpiresAt;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-3">
      <span className="relative">
        <Avatar name={channel.displayName} src={channel.avatarUrl} size="lg" />
        <span className="absolute -right-1 -bottom-1 rounded-md bg-surface p-px">
          <NetworkMark platform={channel.platform} size={16} />
        </span>
      </span>
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate font-semibold">{channel.displayName}</span>
          {channel.sandbox && <SandboxTag />}
        </p>
        <p className="truncate text-sm text-muted">
          {networkName(channel.platform)} · @{channel.handle}
        </p>
        {channel.healthReason && <p className="mt-1 text-sm text-ink">{channel.healthReason}</p>}
        {!channel.healthReason && ends && (
          <p className="mt-1 text-sm text-muted">
            {t('row.ends', { date: format.dateTime(ends, { dateStyle: 'medium' }) })}
          </p>
        )}
        {!hasInbox(channel) && (
          <p className="mt-1 text-sm text-muted">
            {t('row.noInbox', { network: networkName(channel.platform) })}
          </p>
        )}
      </div>
      <div className="flex items-center gap-2">
        <HealthBadge health={channel.health} />
        {manage && channel.health === 'needs_reauth' && (
          <Button
            size="sm"
            variant="primary"
            loading={busy === 'reconnect'}
            onClick={() => onAction('reconnect')}
          >
            {t('row.reconnect')}
          </Button>
        )}
        <Menu
          align="end"
          trigger={
            <IconButton
              label={t('row.actions', { name: channel.displayName })}
              icon={<MoreHorizontal />}
              variant="ghost"
              loading={busy !== null && busy !== 'reconnect'}
            />
          }
          items={useMenuItems({ channel, manage, onAction })}
        />
      </div>
    </li>
  );
}

function useMenuItems({ channel, manage, onAction }: Omit<ChannelRowProps, 'busy'>): MenuItem[] {
  const t = useTranslations('platforms.row');
  const act = (action: ChannelAction) => () => onAction(action);
  const links: MenuItem[] = channel.profileUrl
    ? [
        {
          label: channel.sandbox ? t('feed') : t('profile'),
          icon: <ExternalLink />,
          href: channel.profileUrl,
        },
      ]
    : [];
  if (!manage) return links;
  return [
    ...links,
    { label: t('check'), icon: <ShieldCheck />, onSelect: act('check') },
    // Also while it works: a permission that was left out is given this way.
    { label: t('reconnect'), icon: <Plug />, onSelect: act('reconnect') },
    ...(channel.refreshable ? [{ label: t('renew'), icon: <RefreshCw />, onSelect: act('renew') }] : []),
    { label: t('settings'), icon: <Settings2 />, onSelect: act('settings') },
    'separator',
    { label: t('disconnect'), icon: <Unplug />, danger: true, onSelect: act('disconnect') },
  ];
}
