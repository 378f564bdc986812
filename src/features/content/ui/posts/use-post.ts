'use client';
import { useLiveDoc, useLiveQuery } from '@/client/use-live-query';
import { attemptModel, runModel } from '@/features/publishing/schema';
import { postModel } from '../../schema';

/** A post with its runs and every attempt, live. */
export function usePost(organizationId: string, postId: string) {
  const post = useLiveDoc(postModel, postId);
  const of = [
    ['organizationId', '==', organizationId],
    ['postId', '==', postId],
  ] as const;
  const runs = useLiveQuery({ model: runModel, where: of, limit: 60 });
  const attempts = useLiveQuery({
    model: attemptModel,
    where: of,
    orderBy: [['startedAt', 'desc']],
    limit: 200,
  });
  return { post, runs, attempts };
}
