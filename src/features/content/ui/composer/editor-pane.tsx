'use client';
import { ImagePlus, RotateCcw, Sparkles } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useState } from 'react';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { Connection } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import type { MediaAsset } from '../../media-schema';
import { LibraryFields } from '../library/library-fields';
import { UploadList } from '../media/upload-list';
import { useUploads } from '../media/use-uploads';
import { type ContentSession, may } from '../session';
import { AssistantBar } from './assistant-bar';
import {
  addPart,
  type Draft,
  firstCommentOf,
  isCustom,
  linkOf,
  mediaOf,
  partsOf,
  platformsOf,
  removePart,
  resetVariant,
  setFirstComment,
  setLink,
  setMedia,
  setPart,
  setTitle,
  type Target,
  titleOf,
} from './composer-state';
import { LinkNote } from './link-note';
import { MediaStrip } from './media-strip';
import { MoreFields } from './more-fields';
import { PartEditor } from './part-editor';
import { ProposalBox } from './proposal-box';
import { TargetTabs } from './target-tabs';
import { TitleField } from './title-field';
import { useAssistant } from './use-assistant';
import { type ChannelCheck, tightest } from './use-checks';

const MediaPicker = lazy(() => import('../media/media-picker'));

export interface EditorPaneProps {
  session: ContentSession;
  draft: Draft;
  /** A change of the newest draft, because uploads end while one types. */
  onDraft: (change: (draft: Draft) => Draft) => void;
  target: Target;
  onTarget: (target: Target) => void;
  byId: ReadonlyMap<string, Connection>;
  checks: ReadonlyMap<string, ChannelCheck>;
  assets: ReadonlyMap<string, MediaAsset>;
  missing: readonly string[];
  onAsset: (asset: MediaAsset) => void;
}

/** What you say: every part of the text with the model beside it, media, link, first comment. */
export function EditorPane(props: EditorPaneProps) {
  const { draft, onDraft, target, session } = props;
  const t = useTranslations('content.editor');
  const channel =
    target === 'all' ? undefined : draft.channels.find((one) => one.connectionId === target.connectionId);
  return (
    <div className="grid grid-cols-1 content-start gap-3">
      <TargetTabs draft={draft} byId={props.byId} target={target} onTarget={props.onTarget} />
      {channel && (
        <div className="flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
          <span>{isCustom(channel) ? t('ownText') : t('inherits')}</span>
          {isCustom(channel) && (
            <Button
              size="sm"
              variant="ghost"
              icon={RotateCcw}
              onClick={() => onDraft((before) => resetVariant(before, channel.connectionId))}
            >
              {t('reset')}
            </Button>
          )}
        </div>
      )}
      <TitleField
        title={titleOf(draft, target)}
        onTitle={(title) => onDraft((before) => setTitle(before, target, title))}
        platforms={platformsOf(draft, target)}
      />
      <Parts {...props} />
      <MediaField {...props} />
      <MoreFields
        key={target === 'all' ? 'all' : target.connectionId}
        link={linkOf(draft, target)}
        onLink={(link) => onDraft((before) => setLink(before, target, link))}
        firstComment={firstCommentOf(draft, target)}
        onFirstComment={(text) => onDraft((before) => setFirstComment(before, target, text))}
        tags={target === 'all' ? draft.tags : null}
        onTags={(tags) => onDraft((before) => ({ ...before, tags }))}
      />
      <LibraryFields session={session} draft={draft} onDraft={onDraft} target={target} />
      <LinkNote draft={draft} byId={props.byId} />
      {!may(session, 'content.write') && <p className="text-sm text-muted">{t('readOnly')}</p>}
    </div>
  );
}

/** The channels whose limits count for what is being edited: of all those that follow, or the one alone. */
function channelsOf(draft: Draft, target: Target): string[] {
  if (target !== 'all') return [target.connectionId];
  return draft.channels
    .filter(({ variant }) => variant?.text === undefined && variant?.thread === undefined)
    .map((channel) => channel.connectionId);
}

function Parts(props: EditorPaneProps) {
  const { draft, onDraft, target, byId, checks, session } = props;
  const t = useTranslations('content.assistant');
  const [asking, setAsking] = useState<number | null>(null);
  const assistant = useAssistant();
  const { proposal } = assistant;
  const parts = partsOf(draft, target);
  const ids = channelsOf(draft, target);
  const platforms = [
    ...new Set(draft.channels.filter((one) => ids.includes(one.connectionId)).map((one) => one.platform)),
  ];
  const threads =
    platforms.length === 0 || platforms.some((platform) => PLATFORM_RULES[platform].threadPartsMax > 1);
  const about = {
    // One network's manner and limits can be written for; several share one text.
    ...(platforms.length === 1 && platforms[0] ? { platforms: [platforms[0]] } : {}),
    ...(target === 'all' ? {} : { channelId: target.connectionId }),
  };
  return (
    <div className="grid gap-2">
      {parts.map((text, index) => {
        const tight = tightest(checks, ids, index);
        const platform = tight && byId.get(tight.connectionId)?.platform;
        const proposed = proposal?.part === index ? proposal : null;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
          <div key={index} className="grid gap-2">
            <PartEditor
              index={index}
              count={parts.length}
              text={text}
              onText={(next) => onDraft((before) => setPart(before, target, index, next))}
              onAdd={() => onDraft((before) => addPart(before, target, index))}
              onRemove={() => onDraft((before) => removePart(before, target, index))}
              tight={tight && platform ? { platform, counts: tight.counts } : null}
              threads={threads}
              autoFocus={index === 0}
              proposal={
                proposed && (
                  <ProposalBox
                    proposal={proposed}
                    onAccept={(accepted) => {
                      onDraft((before) => setPart(before, target, index, accepted));
                      assistant.dismiss();
                      setAsking(null);
                    }}
                    onReject={assistant.dismiss}
                    onAgain={assistant.again}
                  />
                )
              }
              tools={
                may(session, 'ai.use') && (
                  <IconButton
                    size="sm"
                    label={t('open')}
                    icon={Sparkles}
                    aria-expanded={asking === index}
                    onClick={() => setAsking(asking === index ? null : index)}
                  />
                )
              }
            />
            {asking === index && (
              <AssistantBar
                hasText={text.trim() !== ''}
                busy={proposed?.status === 'writing'}
                onWrite={(brief) =>
                  void assistant.ask(index, { task: 'post_text', input: { text: brief }, ...about })
                }
                onRewrite={(instruction) =>
                  void assistant.ask(index, { task: 'rewrite', input: { text, instruction }, ...about })
                }
                onClose={() => setAsking(null)}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

function MediaField({ session, draft, onDraft, target, assets, missing, onAsset }: EditorPaneProps) {
  const t = useTranslations('content.media');
  const [picking, setPicking] = useState(false);
  const ids = mediaOf(draft, target);
  const { queue, items } = useUploads(session.organizationId, (asset) => {
    onAsset(asset);
    onDraft((before) => setMedia(before, target, [...mediaOf(before, target), asset.id]));
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pasting files is a shortcut; the button does the same
    <div
      className="grid gap-2"
      onDrop={(event) => {
        event.preventDefault();
        queue.add([...event.dataTransfer.files]);
      }}
      onDragOver={(event) => event.preventDefault()}
    >
      <MediaStrip
        session={session}
        ids={ids}
        assets={assets}
        missing={missing}
        onChange={(next) => onDraft((before) => setMedia(before, target, next))}
        onAsset={onAsset}
      />
      <UploadList items={items.filter((item) => item.status !== 'done')} queue={queue} />
      <div>
        <Button icon={ImagePlus} onClick={() => setPicking(true)}>
          {t('add')}
        </Button>
      </div>
      {picking && (
        <Suspense>
          <MediaPicker
            session={session}
            open
            onOpenChange={setPicking}
            selected={ids}
            onPick={(next, known) => {
              for (const asset of known) if (next.includes(asset.id)) onAsset(asset);
              onDraft((before) => setMedia(before, target, next));
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
