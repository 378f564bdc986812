'use client';
import { MessageSquareShare, Save, Send } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, lazy, type ReactNode, Suspense, useState } from 'react';
import type { Connection } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { cn } from '@/ui/cn';
import { ErrorState } from '@/ui/error-state';
import { PageHeader } from '@/ui/page-header';
import { SegmentedControl } from '@/ui/segmented-control';
import { PreviewPane } from '../preview/preview-pane';
import { type ContentSession, may } from '../session';
import { ChannelsPane } from './channels-pane';
import { isEmpty, partsOf, resetVariant, setSetting, toggleChannel } from './composer-state';
import { ConflictBanner } from './conflict-banner';
import { EditorPane } from './editor-pane';
import { RestoredNote } from './restored-note';
import { SaveScopeDialog } from './save-scope-dialog';
import { SaveState } from './save-state';
import type { ScheduleChoice } from './schedule-text';
import type { ComposerStart } from './use-composer';
import { useComposerScreen } from './use-composer-screen';

const PlanDialog = lazy(() => import('./plan-dialog'));

const STEPS = ['write', 'where', 'look'] as const;
type Step = (typeof STEPS)[number];
type Screen = ReturnType<typeof useComposerScreen>;

export interface ComposerProps {
  session: ContentSession;
  start: ComposerStart;
  /** The person's own zone. */
  zone: string;
  /** Channels this member may use; empty means all. */
  channelIds: readonly string[];
}

/** What you say, where it goes, how it looks: three panes side by side, or three steps where there is no room. */
export function Composer(props: ComposerProps) {
  const { session, start, zone } = props;
  const t = useTranslations('content.composer');
  const screen = useComposerScreen(session, start);
  const [step, setStep] = useState<Step>('write');
  const [planning, setPlanning] = useState(false);
  const [scoping, setScoping] = useState(false);
  const series = start.post?.series;
  const mayPublish = may(session, 'content.publish') && (screen.open.length > 0 || screen.out.size === 0);
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (mayPublish) setPlanning(true);
  };
  const parts = partsOf(screen.draft, screen.target).length;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: one key for the whole editor; the button does the same
    <div onKeyDown={press}>
      <PageHeader
        title={start.post ? t('editTitle') : t('title')}
        aside={<SaveState status={screen.status} planned={screen.planned} />}
        actions={
          <>
            {screen.planned && (
              <Button
                icon={Save}
                loading={screen.saving}
                onClick={() => (series ? setScoping(true) : void screen.save())}
              >
                {t('saveChanges')}
              </Button>
            )}
            {may(session, 'content.write') && screen.out.size === 0 && (
              <Button
                icon={MessageSquareShare}
                disabled={screen.saving || isEmpty(screen.draft)}
                onClick={() => void screen.review()}
              >
                {t('review')}
              </Button>
            )}
            {mayPublish && (
              <Button
                variant="primary"
                icon={Send}
                onClick={() => setPlanning(true)}
                aria-keyshortcuts="Control+Enter Meta+Enter"
              >
                {screen.planned ? t('replan') : t('plan')}
              </Button>
            )}
          </>
        }
      />
      <Notices screen={screen} />
      <SegmentedControl
        aria-label={t('steps')}
        value={step}
        onValueChange={setStep}
        options={STEPS.map((value) => ({ value, label: t(value) }))}
        className="mb-4 flex w-full lg:hidden [&>label]:flex-1"
      />
      <Panes {...props} screen={screen} step={step} onStep={setStep} />
      {scoping && series && (
        <SaveScopeDialog
          onOpenChange={setScoping}
          onSave={(scope) => void screen.save({ of: series, scope })}
        />
      )}
      {planning && (
        <Suspense>
          <PlanDialog
            open
            onOpenChange={setPlanning}
            channels={screen.open.flatMap((channel) => screen.live.byId.get(channel.connectionId) ?? [])}
            checks={screen.checks}
            zone={zone}
            planned={plannedChoice(start, zone)}
            initialMode={start.post?.schedule.mode === 'at' ? 'at' : 'now'}
            canRepeat={!start.post?.series}
            onPlan={screen.plan}
          />
        </Suspense>
      )}
      <p className="sr-only" aria-live="polite">
        {parts > 1 ? t('parts', { count: parts }) : ''}
      </p>
    </div>
  );
}

/** What the person must know before writing on. */
function Notices({ screen }: { screen: Screen }) {
  const t = useTranslations('content.composer');
  const { status, restored, error } = screen;
  return (
    <div className="mb-4 grid gap-3 empty:hidden">
      {restored && (
        <RestoredNote
          outdated={restored.outdated}
          onKeep={screen.keepRestored}
          onDiscard={screen.discardRestored}
        />
      )}
      {status.kind === 'conflict' && (
        <ConflictBanner onTheirs={screen.takeTheirs} onMine={() => screen.keepMine(status.version)} />
      )}
      {status.kind === 'error' && <ErrorState error={status.error} safe={t('keptHere')} compact />}
      {error !== null && <ErrorState error={error} safe={t('keptHere')} compact />}
      {screen.out.size > 0 && <p className="rounded-lg bg-info-tint px-4 py-2.5 text-sm">{t('partlyOut')}</p>}
    </div>
  );
}

type PanesProps = ComposerProps & { screen: Screen; step: Step; onStep: (step: Step) => void };

function Panes({ session, channelIds, screen, step, onStep }: PanesProps) {
  const t = useTranslations('content.composer');
  const { draft, onDraft, target, setTarget, live, checks, files } = screen;
  const focus = target === 'all' ? null : target.connectionId;
  const locked = (connection: Connection): string | null => {
    if (screen.out.has(connection.id)) return t('out');
    return channelIds.length > 0 && !channelIds.includes(connection.id) ? t('notYours') : null;
  };
  const edit = (connectionId: string) => {
    setTarget({ connectionId });
    onStep('write');
  };
  return (
    <div className="grid grid-cols-1 gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(280px,340px)] xl:grid-cols-[minmax(0,1fr)_300px_minmax(300px,360px)]">
      <Pane name={t('write')} shown={step === 'write'} className="lg:row-span-2 xl:row-span-1">
        <EditorPane
          session={session}
          draft={draft}
          onDraft={onDraft}
          target={target}
          onTarget={setTarget}
          byId={live.byId}
          checks={checks}
          assets={files.assets}
          missing={files.missing}
          onAsset={files.put}
        />
      </Pane>
      <Pane name={t('where')} shown={step === 'where'} titled>
        <ChannelsPane
          live={live}
          draft={draft}
          target={target}
          checks={checks}
          locked={locked}
          canConnect={may(session, 'channels.manage')}
          onToggle={({ id, platform }) => {
            onDraft((before) => toggleChannel(before, { connectionId: id, platform }));
            if (focus === id) setTarget('all');
          }}
          onEdit={edit}
          onReset={(id) => onDraft((before) => resetVariant(before, id))}
          onSplit={(connection) => void screen.split(connection).then(() => onStep('write'))}
          onFit={screen.fit}
          onSetting={(id, key, value) => onDraft((before) => setSetting(before, id, key, value))}
        />
      </Pane>
      <Pane name={t('look')} shown={step === 'look'} titled>
        <PreviewPane content={draft} byId={live.byId} assets={files.assets} focus={focus} />
      </Pane>
    </div>
  );
}

/** A pane where there is room; one step of three where there is not. */
function Pane(props: {
  name: string;
  shown: boolean;
  titled?: boolean;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={props.name}
      className={cn(
        'grid min-w-0 grid-cols-1 content-start gap-2',
        !props.shown && 'max-lg:hidden',
        props.className,
      )}
    >
      {props.titled && <h2 className="text-sm font-semibold max-lg:sr-only">{props.name}</h2>}
      {props.children}
    </section>
  );
}

function plannedChoice({ post }: ComposerStart, zone: string): ScheduleChoice | null {
  const schedule = post?.schedule;
  if (schedule?.mode !== 'at' || !schedule.localTime) return null;
  return {
    localTime: schedule.localTime,
    zone: schedule.zone ?? zone,
    disambiguation: schedule.disambiguation ?? 'earlier',
  };
}
