'use client';
import { useEffect, useMemo, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import type { SavedPost } from '../../answer-schema';
import { Autosave, type SavedState, type SaveStatus } from './autosave';
import { type Draft, isEmpty, requestOf } from './composer-state';
import type { DraftBuffer } from './draft-buffer';

async function save(draft: Draft, state: SavedState, idempotencyKey: string) {
  const body = requestOf(draft);
  const { post } =
    state.postId === null
      ? await api<SavedPost>('POST', '/api/posts', { body, idempotencyKey })
      : await api<SavedPost>('PATCH', `/api/posts/${state.postId}`, {
          body,
          idempotencyKey,
          headers: { 'if-match': `"${state.version}"` },
        });
  return { postId: post.id, version: post.version };
}

function classify(error: unknown): ReturnType<Autosave<Draft>['options']['classify']> {
  if (!(error instanceof ApiProblem)) return { kind: 'refused' };
  if (error.code === 'stale_version' && typeof error.body.version === 'number') {
    return { kind: 'stale', version: error.body.version };
  }
  return error.status === 0 || error.status >= 500 || error.status === 429
    ? { kind: 'again' }
    : { kind: 'refused' };
}

/**
 * Saves a draft while it is written; a post that is planned already is kept on this device only, because half a thought must
 * not go out: `save` sends it when the person says so.
 */
export function useAutosave(options: { initial: SavedState; buffer: DraftBuffer; planned: boolean }) {
  const { initial, buffer, planned } = options;
  const [status, setStatus] = useState<SaveStatus>({ kind: 'idle' });
  const [state, setState] = useState(initial);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one engine per editor; the page remounts for another post.
  const engine = useMemo(
    () =>
      new Autosave<Draft>(
        {
          save,
          classify,
          keep: (draft, at) => {
            if (draft) buffer.write(draft, at, new Date());
            else buffer.clear();
          },
          onStatus: (next, at) => {
            setStatus(next);
            setState(at);
          },
          newKey: () => crypto.randomUUID(),
          now: () => new Date(),
        },
        initial,
      ),
    [],
  );
  useEffect(() => {
    const online = () => engine.online();
    const leave = (event: BeforeUnloadEvent) => {
      if (['pending', 'saving', 'offline'].includes(engine.status.kind)) event.preventDefault();
    };
    window.addEventListener('online', online);
    window.addEventListener('beforeunload', leave);
    return () => {
      window.removeEventListener('online', online);
      window.removeEventListener('beforeunload', leave);
      // Leaving the page inside the app: what is waiting goes out now.
      void engine.flush();
    };
  }, [engine]);
  const change = useMemo(
    () => (draft: Draft) => {
      if (planned) {
        buffer.write(draft, engine.state, new Date());
        setStatus({ kind: 'pending' });
      } else if (engine.state.postId !== null || !isEmpty(draft)) engine.change(draft);
    },
    [engine, buffer, planned],
  );
  return { engine, status, state, change };
}
