'use client';
import { useRef } from 'react';
import { useLiveQuery } from '@/client/use-live-query';
import { useAttempt } from '@/ui/use-attempt';
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
  const { busy, error, attempt } = useAttempt();
  const last = useRef<{ about: string; key: string } | null>(null);
  const act = async (about: unknown, work: (key: string) => Promise<unknown>): Promise<boolean> => {
    const text = JSON.stringify(about);
    if (last.current?.about !== text) last.current = { about: text, key: crypto.randomUUID() };
    const { key } = last.current;
    let done = false;
    await attempt(async () => {
      await work(key);
      last.current = null;
      done = true;
    });
    return done;
  };
  return { busy, error, act };
}
