'use client';
import { Eye } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Suspense, useEffect, useMemo, useState } from 'react';
import type { Connection, MediaFacts } from '@/features/platforms/schema';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { NetworkMark, networkName } from '@/ui/network-mark';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { mediaFacts } from '../../media-facts';
import type { MediaAsset } from '../../media-schema';
import type { ComposedContent } from '../../schema';
import { effectiveVariant, sendableVariant } from '../../variant';
import { channelLinks, useCampaignName } from '../link-facts';
import { previewFor } from './network-previews';
import type { PostView } from './post-view';

type Rules = typeof import('@/features/platforms/rules/preview');
let rules: Promise<Rules> | undefined;
function loadRules(): Promise<Rules> {
  rules ??= import('@/features/platforms/rules/preview').catch((error: unknown) => {
    rules = undefined;
    throw error;
  });
  return rules;
}

async function viewOf(
  content: ComposedContent,
  connection: Connection,
  assets: ReadonlyMap<string, MediaAsset>,
  campaign: string | undefined,
): Promise<PostView> {
  const { previewOf } = await loadRules();
  const effective = effectiveVariant(content, connection.id);
  const mediaById = new Map<string, MediaFacts>([...assets].map(([id, asset]) => [id, mediaFacts(asset)]));
  const links = channelLinks(connection, campaign);
  const variant = sendableVariant(effective, { mediaById, signature: connection.settings.signature, links });
  const { platform } = connection;
  return {
    account: connection,
    settings: effective.settings,
    firstComment: effective.firstComment ?? null,
    parts: [
      {
        model: previewOf(platform, variant),
        media: effective.mediaIds.flatMap((id) => assets.get(id) ?? []),
        ...(variant.title ? { title: variant.title } : {}),
      },
      ...(variant.thread ?? []).map((part) => ({ model: previewOf(platform, part), media: [] })),
    ],
  };
}

/** One channel's post as its readers will see it. */
export function ChannelPreview(props: {
  content: ComposedContent;
  connection: Connection;
  assets: ReadonlyMap<string, MediaAsset>;
}) {
  const { content, connection, assets } = props;
  const campaign = useCampaignName(content.campaignId);
  const [view, setView] = useState<PostView | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    let left = false;
    viewOf(content, connection, assets, campaign).then(
      (next) => {
        if (left) return;
        setView(next);
        setFailure(null);
      },
      (cause: unknown) => {
        if (!left) setFailure(cause);
      },
    );
    return () => {
      left = true;
    };
  }, [content, connection, assets, campaign]);
  const Preview = useMemo(() => previewFor(connection.platform), [connection.platform]);
  const waiting = <Skeleton className="h-40" />;
  if (failure !== null) return <ErrorState error={failure} compact />;
  return (
    <article className="min-w-0 rounded-lg border border-line bg-surface p-4">
      {view ? (
        <Suspense fallback={waiting}>
          <Preview view={view} />
        </Suspense>
      ) : (
        waiting
      )}
    </article>
  );
}

/** How it looks. Follows the channel that is being edited, until another is chosen here. */
export function PreviewPane(props: {
  content: ComposedContent;
  byId: ReadonlyMap<string, Connection>;
  assets: ReadonlyMap<string, MediaAsset>;
  focus: string | null;
}) {
  const { content, byId, assets, focus } = props;
  const t = useTranslations('content.preview');
  const [chosen, setChosen] = useState<{ focus: string | null; id: string | null }>({ focus, id: null });
  // A new focus wins over an older choice.
  if (chosen.focus !== focus) setChosen({ focus, id: null });
  const channels = content.channels.flatMap((channel) => byId.get(channel.connectionId) ?? []);
  const connection =
    channels.find(({ id }) => id === (chosen.id ?? focus)) ??
    channels.find(({ id }) => id === chosen.id) ??
    channels[0];
  if (!connection) {
    return (
      <EmptyState
        icon={Eye}
        outline="none"
        title={t('emptyTitle')}
        body={t('emptyBody')}
        className="min-h-48"
      />
    );
  }
  return (
    <div className="grid grid-cols-1 gap-2">
      <div className="flex items-center gap-2">
        <NetworkMark platform={connection.platform} decorative />
        {channels.length > 1 ? (
          <Select
            aria-label={t('choose')}
            value={connection.id}
            onValueChange={(id) => setChosen({ focus, id })}
            options={channels.map((channel) => ({
              value: channel.id,
              label: `${networkName(channel.platform)} · ${channel.displayName}`,
            }))}
            className="min-w-0 flex-1"
          />
        ) : (
          <span className="text-sm font-medium">{networkName(connection.platform)}</span>
        )}
        {connection.sandbox && <SandboxTag />}
      </div>
      <ChannelPreview content={content} connection={connection} assets={assets} />
      <p className="text-xs text-muted">{t('note')}</p>
    </div>
  );
}
