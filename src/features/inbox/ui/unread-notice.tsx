'use client';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { useChannels } from '@/features/platforms/ui/use-channels';
import { LinkButton } from '@/ui/link-button';
import { NetworkMark, networkName } from '@/ui/network-mark';
import type { RefreshAnswer } from '../schema';

/** Channels whose comments do not arrive here: which, why, and what helps. */
export function UnreadNotice({ unread }: { unread: RefreshAnswer['unread'] }) {
  const t = useTranslations('inbox');
  const { organization } = useSession();
  const { channels } = useChannels(organization.id);
  // A channel that was disconnected meanwhile needs nobody.
  const shown = unread.flatMap((one) => {
    const channel = channels.find(({ id }) => id === one.connectionId);
    return channel ? [{ ...one, name: channel.displayName }] : [];
  });
  if (shown.length === 0) return null;
  const mendable = shown.some(({ trouble }) => trouble === 'permission' || trouble === 'reconnect');
  return (
    <section
      aria-label={t('unread.title')}
      className="grid gap-2 rounded-lg border border-line bg-sunken p-3"
    >
      <ul className="grid gap-2">
        {shown.map(({ connectionId, platform, trouble, name }) => (
          <li key={connectionId} className="flex items-start gap-2 text-sm">
            <NetworkMark platform={platform} size={16} />
            <span className="min-w-0 wrap-anywhere">
              {t(`unread.${trouble}`, { name, network: networkName(platform) })}
            </span>
          </li>
        ))}
      </ul>
      {mendable && (
        <div>
          <LinkButton href="/channels" size="sm">
            {t('toChannels')}
          </LinkButton>
        </div>
      )}
    </section>
  );
}
