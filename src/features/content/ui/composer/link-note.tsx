'use client';
import { useTranslations } from 'next-intl';
import type { Connection } from '@/features/platforms/schema';
import { networkName } from '@/ui/network-mark';
import { effectiveVariant, linksOf } from '../../variant';
import { linkOutcome, useCampaignName } from '../link-facts';
import type { Draft } from './composer-state';

/** What channels make of the links: their length as it counts, and where they lead. */
export function LinkNote({ draft, byId }: { draft: Draft; byId: ReadonlyMap<string, Connection> }) {
  const t = useTranslations('content.links');
  const campaign = useCampaignName(draft.campaignId);
  const rows = draft.channels.flatMap(({ connectionId }) => {
    const connection = byId.get(connectionId);
    if (!connection) return [];
    const urls = new Set(linksOf(effectiveVariant(draft, connectionId), connection.settings.signature));
    return [...urls].flatMap((url) => {
      const outcome = linkOutcome(connection, url, campaign);
      return outcome ? [{ connection, url, ...outcome }] : [];
    });
  });
  if (rows.length === 0) return null;
  return (
    <details className="rounded-lg border border-line bg-surface px-3 py-2 text-sm">
      <summary className="cursor-pointer font-medium">{t('title', { count: rows.length })}</summary>
      <ul className="grid gap-2 pt-2 text-xs text-muted">
        {rows.map(({ connection, url, target, length, short }) => (
          <li key={`${connection.id} ${url}`} className="min-w-0">
            <p className="text-ink">
              {networkName(connection.platform)} · {connection.displayName}:{' '}
              {t(short ? 'short' : 'tracked', { count: length })}
            </p>
            <p className="break-all">{t('leads', { target })}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}
