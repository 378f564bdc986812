'use client';
import { useTranslations } from 'next-intl';
import type { Connection } from '@/features/platforms/schema';
import { NetworkMark } from '@/ui/network-mark';
import { Tabs } from '@/ui/tabs';
import { type Draft, isCustom, type Target } from './composer-state';

/** Which text is edited: the one for all channels, or one channel's own. */
export function TargetTabs(props: {
  draft: Draft;
  byId: ReadonlyMap<string, Connection>;
  target: Target;
  onTarget: (target: Target) => void;
}) {
  const t = useTranslations('content.editor');
  const { draft, byId, target } = props;
  if (draft.channels.length === 0) return null;
  return (
    <Tabs
      aria-label={t('targets')}
      value={target === 'all' ? 'all' : target.connectionId}
      onValueChange={(value) => props.onTarget(value === 'all' ? 'all' : { connectionId: value })}
      tabs={[
        { value: 'all', label: t('allChannels') },
        ...draft.channels.map((channel) => ({
          value: channel.connectionId,
          label: (
            <span className="inline-flex items-center gap-1.5">
              <NetworkMark platform={channel.platform} size={14} />
              {byId.get(channel.connectionId)?.displayName ?? channel.platform}
              {isCustom(channel) && (
                <span className="size-1.5 rounded-full bg-coral">
                  <span className="sr-only">{t('edited')}</span>
                </span>
              )}
            </span>
          ),
        })),
      ]}
    />
  );
}
