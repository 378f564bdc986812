'use client';
import { nanoid } from 'nanoid';
import { useTranslations } from 'next-intl';
import { useCallback, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import type { SavedPost } from '@/features/content/answer-schema';
import { toast } from '@/ui/toast';
import type { Entry } from './entries';
import { refusalOf, scheduleFor } from './moving';

/** Moves entries to another time: shown at once, saved, taken back on request or when the server refuses. */
export function useMoves(reload: () => Promise<unknown>, tell: (at: Date) => string) {
  const t = useTranslations('calendar');
  const [moved, setMoved] = useState<ReadonlyMap<string, Date>>(new Map());
  const put = useCallback((entry: Entry, at: Date | null) => {
    setMoved((before) => {
      const next = new Map(before);
      for (const { id } of entry.channels) {
        if (at) next.set(id, at);
        else next.delete(id);
      }
      return next;
    });
  }, []);

  const save = useCallback(
    async (entry: Entry, version: number, at: Date): Promise<number | null> => {
      put(entry, at);
      try {
        const saved = await api<SavedPost>('PATCH', `/api/posts/${encodeURIComponent(entry.postId)}`, {
          body: {
            schedule: scheduleFor(at, entry.zone),
            connectionIds: entry.channels.map(({ connectionId }) => connectionId),
          },
          headers: { 'if-match': `"${version}"` },
          idempotencyKey: nanoid(),
        });
        await reload();
        return saved.post.version;
      } catch (error) {
        const detail = error instanceof ApiProblem ? error.detail : t('move.failedBody');
        toast.error(t('move.failed'), { description: detail });
        void reload();
        return null;
      } finally {
        put(entry, null);
      }
    },
    [put, reload, t],
  );

  /** @returns what a screen reader is told. */
  const move = useCallback(
    (entry: Entry, at: Date): string => {
      const { dueAt: from } = entry;
      if (at.getTime() === from.getTime()) return t('move.same');
      if (refusalOf(at, new Date())) {
        toast.warning(t('move.past'), { description: t('move.pastBody', { time: tell(at) }) });
        return `${t('move.past')} ${t('move.pastBody', { time: tell(at) })}`;
      }
      void save(entry, entry.version, at).then((version) => {
        if (version === null) return;
        toast.success(t('move.done', { time: tell(at) }), {
          action: { label: t('move.undo'), onClick: () => void save(entry, version, from) },
        });
      });
      return t('move.done', { time: tell(at) });
    },
    [save, t, tell],
  );
  return { moved, move };
}
