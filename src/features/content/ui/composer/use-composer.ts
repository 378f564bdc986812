'use client';
import { useCallback, useMemo, useRef, useState } from 'react';
import { api } from '@/client/api';
import type { PostWithRuns, RunSummary, SavedPost } from '../../answer-schema';
import type { Post, ScheduleRequest } from '../../schema';
import type { ContentSession } from '../session';
import { type Draft, draftOf, EMPTY_DRAFT, requestOf, type Target } from './composer-state';
import { type Buffered, browserStorage, DraftBuffer } from './draft-buffer';
import { useAutosave } from './use-autosave';

export interface ComposerStart {
  post: Post | null;
  runs: readonly RunSummary[];
}

/** What is on the server, or what this device kept of it, whichever is newer. */
function beginning(
  post: Post | null,
  kept: Buffered | null,
): { draft: Draft; restored: boolean; outdated: boolean } {
  const stored = post ? draftOf(post) : EMPTY_DRAFT;
  if (!kept) return { draft: stored, restored: false, outdated: false };
  const outdated = post !== null && kept.version !== post.version;
  return { draft: kept.draft, restored: true, outdated };
}

/** Everything the composer does: the draft, where it is saved, and sending it on its way. */
export function useComposer(session: ContentSession, start: ComposerStart) {
  const { post } = start;
  const planned = post !== null && post.status !== 'draft';
  const [buffer] = useState(
    () =>
      new DraftBuffer(browserStorage(), {
        organizationId: session.organizationId,
        userId: session.userId,
        postId: post?.id ?? null,
      }),
  );
  const [begun] = useState(() => beginning(post, buffer.read()));
  const [draft, setDraft] = useState(begun.draft);
  const [restored, setRestored] = useState(begun.restored);
  const [target, setTarget] = useState<Target>('all');
  const newest = useRef(draft);
  const initial = useMemo(() => ({ postId: post?.id ?? null, version: post?.version ?? 0 }), [post]);
  const { engine, status, state, change } = useAutosave({ initial, buffer, planned });

  const onDraft = useCallback(
    (edit: (draft: Draft) => Draft) => {
      const next = edit(newest.current);
      if (next === newest.current) return;
      newest.current = next;
      setDraft(next);
      change(next);
    },
    [change],
  );
  const replace = useCallback((next: Draft) => {
    newest.current = next;
    setDraft(next);
  }, []);

  /** Their version takes the place of what is written here. */
  const takeTheirs = useCallback(async () => {
    const { postId } = engine.state;
    if (!postId) return;
    const { post: theirs } = await api<PostWithRuns>('GET', `/api/posts/${postId}`);
    replace(draftOf(theirs));
    buffer.clear();
    engine.resolve('theirs', theirs.version);
  }, [engine, replace, buffer]);

  /** Drops what this device had kept. */
  const discardRestored = useCallback(() => {
    const stored = post ? draftOf(post) : EMPTY_DRAFT;
    replace(stored);
    buffer.clear();
    setRestored(false);
  }, [post, replace, buffer]);

  /** One request: content, channels and time change together. Repeating it under the same key does nothing twice. */
  const submit = useCallback(
    async (schedule: ScheduleRequest | null, idempotencyKey: string, review = false): Promise<SavedPost> => {
      if (!planned) await engine.flush();
      const { postId, version } = engine.state;
      const body = {
        ...requestOf(newest.current),
        ...(schedule ? { schedule } : {}),
        ...(review ? { submit: true } : {}),
      };
      const saved =
        postId === null
          ? await api<SavedPost>('POST', '/api/posts', { body, idempotencyKey })
          : await api<SavedPost>('PATCH', `/api/posts/${postId}`, {
              body,
              idempotencyKey,
              headers: { 'if-match': `"${version}"` },
            });
      engine.moved({ postId: saved.post.id, version: saved.post.version });
      engine.stop();
      buffer.clear();
      return saved;
    },
    [engine, buffer, planned],
  );

  /** What is written here has been saved another way. */
  const forget = useCallback(() => {
    engine.stop();
    buffer.clear();
  }, [engine, buffer]);

  return {
    forget,
    draft,
    onDraft,
    target,
    setTarget,
    status,
    postId: state.postId,
    planned,
    restored: restored ? { outdated: begun.outdated } : null,
    keepRestored: () => setRestored(false),
    discardRestored,
    takeTheirs,
    keepMine: (version: number) => engine.resolve('mine', version),
    submit,
  };
}
