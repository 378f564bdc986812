'use client';
import { Save, Send } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import { api } from '@/client/api';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { Connection } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { cn } from '@/ui/cn';
import { ErrorState } from '@/ui/error-state';
import { PageHeader } from '@/ui/page-header';
import { SegmentedControl } from '@/ui/segmented-control';
import { toast } from '@/ui/toast';
import { isLocked } from '../../edit-plan';
import { mediaFacts } from '../../media-facts';
import type { StoredMedia } from '../../media-schema';
import type { SavedPost, ScheduleRequest } from '../../schema';
import { effectiveVariant } from '../../variant';
import { PreviewPane } from '../preview/preview-pane';
import { type ContentSession, may } from '../session';
import { ChannelsPane } from './channels-pane';
import {
  mediaOf,
  partsOf,
  replaceMedia,
  resetVariant,
  setParts,
  setSetting,
  toggleChannel,
} from './composer-state';
import { ConflictBanner } from './conflict-banner';
import { EditorPane } from './editor-pane';
import { RestoredNote } from './restored-note';
import { SaveState } from './save-state';
import { useChannels } from './use-channels';
import { useChecks } from './use-checks';
import { type ComposerStart, useComposer } from './use-composer';
import { useMediaAssets } from './use-media-assets';

const PlanDialog = lazy(() => import('./plan-dialog'));

const STEPS = ['write', 'where', 'look'] as const;
type Step = (typeof STEPS)[number];

export interface ComposerProps {
  session: ContentSession;
  start: ComposerStart;
  /** The person's own zone. */
  zone: string;
  /** Channels this member may use; empty means all. */
  channelIds: readonly string[];
}

/** What you say, where it goes, how it looks. Three panes side by side, or three steps where there is no room. */
export function Composer({ session, start, zone, channelIds }: ComposerProps) {
  const t = useTranslations('content.composer');
  const router = useRouter();
  const composer = useComposer(session, start);
  const { draft, onDraft, target, status } = composer;
  const live = useChannels(session.organizationId);
  const mediaIds = useMemo(
    () => [
      ...new Set([...draft.master.mediaIds, ...draft.channels.flatMap((one) => one.variant?.mediaIds ?? [])]),
    ],
    [draft.master.mediaIds, draft.channels],
  );
  const { assets, missing, put } = useMediaAssets(session.organizationId, mediaIds);
  const facts = useMemo(() => new Map([...assets].map(([id, asset]) => [id, mediaFacts(asset)])), [assets]);
  const checks = useChecks(draft, live.byId, facts);
  const [step, setStep] = useState<Step>('write');
  const [planning, setPlanning] = useState(false);
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const mayPublish = may(session, 'content.publish');
  const out = new Set(start.runs.filter(isLocked).map((run) => run.connectionId));
  const open = draft.channels.filter((channel) => !out.has(channel.connectionId));

  const done = (saved: SavedPost, message: string) => {
    toast.success(message);
    router.push(`/posts/${saved.post.id}`);
  };
  const save = async () => {
    setSaving(true);
    setError(null);
    try {
      done(await composer.submit(null, crypto.randomUUID()), t('changesSaved'));
    } catch (cause) {
      setError(cause);
    } finally {
      setSaving(false);
    }
  };
  // A press that is repeated because its answer was lost must not plan twice.
  const planKey = useRef<{ for: string; key: string } | null>(null);
  const plan = async (schedule: ScheduleRequest) => {
    const about = JSON.stringify([schedule, draft]);
    if (planKey.current?.for !== about) planKey.current = { for: about, key: crypto.randomUUID() };
    const saved = await composer.submit(schedule, planKey.current.key);
    setPlanning(false);
    done(saved, schedule.mode === 'now' ? t('publishing') : t('scheduled'));
  };
  const locked = (connection: Connection): string | null => {
    if (out.has(connection.id)) return t('out');
    if (channelIds.length > 0 && !channelIds.includes(connection.id)) return t('notYours');
    return null;
  };
  const split = async (connection: Connection) => {
    const { splitThread } = await import('@/features/platforms/rules/thread');
    const { text, thread } = effectiveVariant(draft, connection.id);
    const parts = await splitThread(connection.platform, text, {
      settings: connection.settings,
      limits: connection.limits,
      numbered: PLATFORM_RULES[connection.platform].threadPartsMax > 1,
    });
    onDraft((before) => setParts(before, { connectionId: connection.id }, [...parts, ...thread]));
    composer.setTarget({ connectionId: connection.id });
    setStep('write');
  };
  const fit = async (connection: Connection, place: number) => {
    const from = mediaOf(draft, { connectionId: connection.id })[place];
    if (!from) return;
    try {
      const { asset } = await api<StoredMedia>('POST', `/api/media/${from}/fit`, {
        body: { platform: connection.platform, connectionId: connection.id },
        idempotencyKey: crypto.randomUUID(),
      });
      put(asset);
      onDraft((before) => replaceMedia(before, connection.id, from, asset.id));
    } catch (cause) {
      setError(cause);
    }
  };
  const focus = target === 'all' ? null : target.connectionId;
  const primary = () => mayPublish && !planning && setPlanning(true);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: one key for the whole editor; the button does the same
    <div
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        primary();
      }}
    >
      <PageHeader
        title={start.post ? t('editTitle') : t('title')}
        aside={<SaveState status={status} planned={composer.planned} />}
        actions={
          <>
            {composer.planned && (
              <Button icon={Save} loading={saving} onClick={save}>
                {t('saveChanges')}
              </Button>
            )}
            {mayPublish && open.length === draft.channels.length - out.size && (
              <Button
                variant="primary"
                icon={Send}
                onClick={primary}
                aria-keyshortcuts="Control+Enter Meta+Enter"
              >
                {composer.planned ? t('replan') : t('plan')}
              </Button>
            )}
          </>
        }
      />
      <div className="mb-4 grid gap-3 empty:hidden">
        {composer.restored && (
          <RestoredNote
            outdated={composer.restored.outdated}
            onKeep={composer.keepRestored}
            onDiscard={composer.discardRestored}
          />
        )}
        {status.kind === 'conflict' && (
          <ConflictBanner onTheirs={composer.takeTheirs} onMine={() => composer.keepMine(status.version)} />
        )}
        {status.kind === 'error' && <ErrorState error={status.error} safe={t('keptHere')} compact />}
        {error !== null && <ErrorState error={error} safe={t('keptHere')} compact />}
        {out.size > 0 && <p className="rounded-lg bg-info-tint px-4 py-2.5 text-sm">{t('partlyOut')}</p>}
      </div>
      <SegmentedControl
        aria-label={t('steps')}
        value={step}
        onValueChange={setStep}
        options={STEPS.map((value) => ({ value, label: t(value) }))}
        className="mb-4 flex w-full lg:hidden [&>label]:flex-1"
      />
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(280px,340px)] xl:grid-cols-[minmax(0,1fr)_minmax(260px,300px)_minmax(300px,360px)]">
        <section
          aria-label={t('write')}
          className={cn(step !== 'write' && 'max-lg:hidden', 'xl:row-span-1 lg:row-span-2')}
        >
          <EditorPane
            session={session}
            draft={draft}
            onDraft={onDraft}
            target={target}
            onTarget={composer.setTarget}
            byId={live.byId}
            checks={checks}
            assets={assets}
            missing={missing}
            onAsset={put}
          />
        </section>
        <section
          aria-label={t('where')}
          className={cn('grid content-start gap-2', step !== 'where' && 'max-lg:hidden')}
        >
          <h2 className="text-sm font-semibold max-lg:sr-only">{t('where')}</h2>
          <ChannelsPane
            live={live}
            draft={draft}
            target={target}
            checks={checks}
            locked={locked}
            canConnect={may(session, 'channels.manage')}
            onToggle={(connection) => {
              onDraft((before) =>
                toggleChannel(before, { connectionId: connection.id, platform: connection.platform }),
              );
              if (focus === connection.id) composer.setTarget('all');
            }}
            onEdit={(connectionId) => {
              composer.setTarget({ connectionId });
              setStep('write');
            }}
            onReset={(connectionId) => onDraft((before) => resetVariant(before, connectionId))}
            onSplit={(connection) => void split(connection)}
            onFit={fit}
            onSetting={(connectionId, key, value) =>
              onDraft((before) => setSetting(before, connectionId, key, value))
            }
          />
        </section>
        <section
          aria-label={t('look')}
          className={cn('grid content-start gap-2', step !== 'look' && 'max-lg:hidden')}
        >
          <h2 className="text-sm font-semibold max-lg:sr-only">{t('look')}</h2>
          <PreviewPane content={draft} byId={live.byId} assets={assets} focus={focus} />
        </section>
      </div>
      {planning && (
        <Suspense>
          <PlanDialog
            open
            onOpenChange={setPlanning}
            channels={open.flatMap((channel) => live.byId.get(channel.connectionId) ?? [])}
            checks={checks}
            zone={zone}
            planned={plannedChoice(start, zone)}
            initialMode={start.post?.schedule.mode === 'at' ? 'at' : 'now'}
            onPlan={plan}
          />
        </Suspense>
      )}
      <p className="sr-only" aria-live="polite">
        {partsOf(draft, target).length > 1 ? t('parts', { count: partsOf(draft, target).length }) : ''}
      </p>
    </div>
  );
}

function plannedChoice({ post }: ComposerStart, zone: string) {
  const schedule = post?.schedule;
  if (schedule?.mode !== 'at' || !schedule.localTime) return null;
  return {
    localTime: schedule.localTime,
    zone: schedule.zone ?? zone,
    disambiguation: schedule.disambiguation ?? ('earlier' as const),
  };
}
