'use client';
import { useRef, useState } from 'react';
import { useLiveQuery } from '@/client/use-live-query';
import { reviewCommentModel } from '../../review-schema';

/** What was said and decided about a post, live, oldest first. */
export function useThread(organizationId: string, postId: string) {
  const live = useLiveQuery({
    model: reviewCommentModel,
    params: { postId },
    where: [['organizationId', '==', organizationId]],
    orderBy: [['createdAt', 'desc']],
    limit: 200,
  });
  return { ...live, items: [...live.items].reverse() };
}

/** One action at a time; what it throws is kept to be shown. A repeated press of the same thing carries the same key. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const last = useRef<{ about: string; key: string } | null>(null);
  const act = async (about: unknown, work: (key: string) => Promise<unknown>): Promise<boolean> => {
    const text = JSON.stringify(about);
    if (last.current?.about !== text) last.current = { about: text, key: crypto.randomUUID() };
    setBusy(true);
    setError(null);
    try {
      await work(last.current.key);
      last.current = null;
      return true;
    } catch (cause) {
      setError(cause);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, act };
}
