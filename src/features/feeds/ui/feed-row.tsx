'use client';
import { MoreHorizontal, Pause, Pencil, Play, RefreshCw, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useAction } from '@/features/content/ui/review/use-review';
import type { Connection } from '@/features/platforms/schema';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { IconButton } from '@/ui/icon-button';
import { Menu } from '@/ui/menu';
import { NetworkMark } from '@/ui/network-mark';
import { RelativeTime } from '@/ui/relative-time';
import { toast } from '@/ui/toast';
import type { CheckAnswer, FeedDoc } from '../schema';
import { EditFeedDialog } from './edit-feed-dialog';
import { stateOf } from './feed-settings';

const TONES = { active: 'ok', failing: 'warn', paused: 'neutral', stopped: 'danger' } as const;

interface FeedRowProps {
  feed: FeedDoc;
  channels: ReadonlyMap<string, Connection>;
  /** May write posts: may have it looked at. */
  mayCheck: boolean;
  /** Its author, or whoever manages all content. */
  mayChange: boolean;
}

/** One feed: how it does, what it found last, and what can be done about it. */
export function FeedRow({ feed, channels, mayCheck, mayChange }: FeedRowProps) {
  const t = useTranslations('feeds');
  const { busy, error, act } = useAction();
  const check = () =>
    act([feed.id, crypto.randomUUID()], async (idempotencyKey) => {
      const answer = await api<CheckAnswer>('POST', `/api/feeds/${feed.id}/check`, { idempotencyKey });
      if (answer.problem) toast.error(t(`problem.${answer.problem}`));
      else toast.success(t('checked', { posted: answer.posted, waiting: answer.waiting }));
    });
  const state = stateOf(feed);
  return (
    <li className="grid gap-2 px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="grid min-w-0 flex-1 basis-64 gap-1">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            <a
              href={feed.siteUrl ?? feed.url}
              target="_blank"
              rel="noreferrer"
              className="min-w-0 break-words text-iris-text hover:underline"
            >
              {feed.title}
            </a>
            <Badge tone={TONES[state]} dot>
              {t(`state.${state}`)}
            </Badge>
          </p>
          <p className="text-sm break-all text-muted">{feed.url}</p>
        </div>
        <div className="flex items-center gap-2">
          {mayCheck && feed.status === 'active' && (
            <Button
              size="sm"
              icon={RefreshCw}
              loading={busy}
              aria-label={t('checkNamed', { title: feed.title })}
              onClick={() => void check()}
            >
              {t('check')}
            </Button>
          )}
          {mayChange && <Actions feed={feed} busy={busy} act={act} />}
        </div>
      </div>
      <Facts feed={feed} channels={channels} />
      <Trouble feed={feed} />
      {error !== null && <ErrorState error={error} compact />}
    </li>
  );
}

function Actions({
  feed,
  busy,
  act,
}: {
  feed: FeedDoc;
  busy: boolean;
  act: ReturnType<typeof useAction>['act'];
}) {
  const t = useTranslations('feeds');
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const paused = feed.status !== 'active';
  const turn = () => {
    const body = { status: paused ? 'active' : 'paused' };
    return act([feed.id, body], (idempotencyKey) =>
      api('PATCH', `/api/feeds/${feed.id}`, { body, idempotencyKey }),
    );
  };
  return (
    <>
      <Menu
        align="end"
        trigger={<IconButton size="sm" icon={MoreHorizontal} label={t('actionsOf', { title: feed.title })} />}
        items={[
          { label: t('edit'), icon: Pencil, onSelect: () => setEditing(true) },
          paused
            ? { label: t('resume'), icon: Play, disabled: busy, onSelect: () => void turn() }
            : { label: t('pause'), icon: Pause, disabled: busy, onSelect: () => void turn() },
          'separator',
          { label: t('delete'), icon: Trash2, danger: true, onSelect: () => setDeleting(true) },
        ]}
      />
      {editing && <EditFeedDialog feed={feed} onClose={() => setEditing(false)} />}
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={t('deleteTitle', { title: feed.title })}
        body={t('deleteBody')}
        confirmLabel={t('delete')}
        danger
        onConfirm={() => api('DELETE', `/api/feeds/${feed.id}`)}
      />
    </>
  );
}

function Facts({ feed, channels }: Pick<FeedRowProps, 'feed' | 'channels'>) {
  const t = useTranslations('feeds');
  const known = feed.connectionIds.flatMap((id) => channels.get(id) ?? []);
  return (
    <div className="grid gap-1 text-sm text-muted">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {known.map((channel) => (
          <span key={channel.id} className="flex items-center gap-1.5">
            <NetworkMark platform={channel.platform} /> {channel.displayName}
          </span>
        ))}
        <span>{t(`modes.${feed.mode}`)}</span>
        <span>{t(`writers.${feed.writer}`)}</span>
        <span className="tabular-nums">{t('posts', { count: feed.posts })}</span>
        {feed.waiting > 0 && <span className="tabular-nums">{t('waiting', { count: feed.waiting })}</span>}
      </p>
      <p className="flex flex-wrap gap-x-3 gap-y-1">
        {feed.lastCheckedAt && (
          <span>
            {t('looked')} <RelativeTime at={feed.lastCheckedAt} />
          </span>
        )}
        {feed.nextPollAt && (
          <span>
            {t('next')} <RelativeTime at={feed.nextPollAt} />
          </span>
        )}
      </p>
      {feed.lastItem && (
        <p className="min-w-0 wrap-anywhere">
          {t('lastItem')}{' '}
          {feed.lastItem.link ? (
            <a
              href={feed.lastItem.link}
              target="_blank"
              rel="noreferrer"
              className="text-iris-text hover:underline"
            >
              {feed.lastItem.title}
            </a>
          ) : (
            feed.lastItem.title
          )}
        </p>
      )}
    </div>
  );
}

/** Why it stopped, why the last look failed, what happened to its last posts. */
function Trouble({ feed }: { feed: FeedDoc }) {
  const t = useTranslations('feeds');
  const { stopReason, problem, note, failures } = feed;
  return (
    <>
      {stopReason && <p className="text-sm text-danger">{t(`stopped.${stopReason}`)}</p>}
      {problem && !stopReason && (
        <p className="text-sm text-warn">
          {t(`problem.${problem}`)} {t('failures', { count: failures })}
        </p>
      )}
      {note && (
        <p className="text-sm text-muted">
          {note.code === 'passed_over'
            ? t('notes.passed_over', { count: Number(note.detail) })
            : t(`notes.${note.code}`)}{' '}
          {note.code === 'kept_as_draft' && <span lang="en">{note.detail}</span>}
        </p>
      )}
    </>
  );
}
