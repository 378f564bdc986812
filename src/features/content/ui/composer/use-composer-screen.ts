'use client';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useMemo, useRef, useState } from 'react';
import { api } from '@/client/api';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { Connection } from '@/features/platforms/schema';
import { toast } from '@/ui/toast';
import type { SavedPost } from '../../answer-schema';
import { isLocked } from '../../edit-plan';
import { mediaFacts } from '../../media-facts';
import type { StoredMedia } from '../../media-schema';
import type { Series } from '../../recurrence/schema';
import type { PostSeries, ScheduleRequest } from '../../schema';
import { effectiveVariant } from '../../variant';
import type { ContentSession } from '../session';
import { type Draft, mediaOf, replaceMedia, requestOf, setParts } from './composer-state';
import type { SaveScope } from './save-scope-dialog';
import { useChannels } from './use-channels';
import { useChecks } from './use-checks';
import { type ComposerStart, useComposer } from './use-composer';
import { useMediaAssets } from './use-media-assets';

/** Everything the three panes share: the draft, its channels, files and checks, and sending it on its way. */
export function useComposerScreen(session: ContentSession, start: ComposerStart) {
  const composer = useComposer(session, start);
  const { draft } = composer;
  const live = useChannels(session.organizationId);
  const { master, channels } = draft;
  const mediaIds = useMemo(
    () => [...new Set([...master.mediaIds, ...channels.flatMap((one) => one.variant?.mediaIds ?? [])])],
    [master.mediaIds, channels],
  );
  const files = useMediaAssets(session.organizationId, mediaIds);
  const facts = useMemo(
    () => new Map([...files.assets].map(([id, asset]) => [id, mediaFacts(asset)])),
    [files.assets],
  );
  const checks = useChecks(draft, live.byId, facts);
  const [error, setError] = useState<unknown>(null);
  const out = useMemo(
    () => new Set(start.runs.filter(isLocked).map((run) => run.connectionId)),
    [start.runs],
  );
  return {
    ...composer,
    live,
    files,
    checks,
    error,
    /** Channels of this post that are out or on their way. */
    out,
    /** Channels that are still to be planned, or may change. */
    open: channels.filter((channel) => !out.has(channel.connectionId)),
    ...useRemedies(composer, files.put, setError),
    ...useSending(composer, setError),
  };
}

type Composer = ReturnType<typeof useComposer>;

/** Presses that settle a finding. */
function useRemedies(
  { draft, onDraft, setTarget }: Composer,
  put: ReturnType<typeof useMediaAssets>['put'],
  setError: (error: unknown) => void,
) {
  const split = async ({ id, platform, settings, limits }: Connection) => {
    const { splitThread } = await import('@/features/platforms/rules/thread');
    const { text, thread } = effectiveVariant(draft, id);
    const numbered = PLATFORM_RULES[platform].threadPartsMax > 1;
    const parts = await splitThread(platform, text, { settings, limits, numbered });
    onDraft((before) => setParts(before, { connectionId: id }, [...parts, ...thread]));
    setTarget({ connectionId: id });
  };
  const fit = async ({ id, platform }: Connection, place: number) => {
    const from = mediaOf(draft, { connectionId: id })[place];
    if (!from) return;
    try {
      const { asset } = await api<StoredMedia>('POST', `/api/media/${from}/fit`, {
        body: { platform, connectionId: id },
        idempotencyKey: crypto.randomUUID(),
      });
      put(asset);
      onDraft((before) => replaceMedia(before, id, from, asset.id));
    } catch (cause) {
      setError(cause);
    }
  };
  return { split, fit };
}

/** What only the server can see: the posts around this one. The others were shown while it was written. */
const AROUND: ReadonlySet<string> = new Set(['run_too_close', 'slot_taken', 'similar_recent_post']);

/** Saving what is planned, and planning: each ends at the post's own page. */
function useSending(composer: Composer, setError: (error: unknown) => void) {
  const t = useTranslations('content.composer');
  const router = useRouter();
  const [saving, setSaving] = useState(false);
  // A press that is repeated because its answer was lost must not plan twice.
  const planned = useRef<{ about: string; key: string } | null>(null);
  const done = (saved: SavedPost, message: string) => {
    const [doubt] = saved.warnings.filter(({ code }) => AROUND.has(code));
    if (doubt) toast.warning(message, { description: doubt.message });
    else toast.success(message);
    router.push(`/posts/${saved.post.id}`);
  };
  /** @param series with the scope, for a post of a series that is not to change alone. */
  const save = async (series?: { of: PostSeries; scope: SaveScope }) => {
    setSaving(true);
    setError(null);
    try {
      if (series && series.scope !== 'only') {
        await changeSeries(series.of, series.scope, composer.draft);
        composer.forget();
        toast.success(t('seriesSaved'));
        router.push('/posts');
      } else done(await composer.submit(null, crypto.randomUUID()), t('changesSaved'));
    } catch (cause) {
      setError(cause);
    } finally {
      setSaving(false);
    }
  };
  const askedReview = useRef(crypto.randomUUID());
  /** Keeps what is written and asks for a review of it. */
  const review = async () => {
    setSaving(true);
    setError(null);
    try {
      done(await composer.submit(null, askedReview.current, true), t('inReview'));
    } catch (cause) {
      setError(cause);
      askedReview.current = crypto.randomUUID();
    } finally {
      setSaving(false);
    }
  };
  const plan = async (schedule: ScheduleRequest) => {
    const about = JSON.stringify([schedule, composer.draft]);
    if (planned.current?.about !== about) planned.current = { about, key: crypto.randomUUID() };
    const saved = await composer.submit(schedule, planned.current.key);
    done(saved, schedule.mode === 'now' ? t('publishing') : t('scheduled'));
  };
  return { saving, save, review, plan };
}

/** The words of the draft for all that is to come, or for this occurrence and those after it. */
async function changeSeries(
  { id, localTime }: PostSeries,
  scope: Exclude<SaveScope, 'only'>,
  draft: Draft,
): Promise<void> {
  const { version } = await api<Series>('GET', `/api/recurrences/${id}`);
  const { campaignId: _, ...words } = requestOf(draft);
  await api('PATCH', `/api/recurrences/${id}`, {
    body: { scope, ...(scope === 'following' ? { from: localTime } : {}), ...words },
    headers: { 'if-match': `"${version}"` },
    idempotencyKey: crypto.randomUUID(),
  });
}
