'use client';
import { useQuery } from '@tanstack/react-query';
import { api } from '@/client/api';
import { useLiveDoc, useLiveQuery } from '@/client/use-live-query';
import { attemptModel, runModel } from '@/features/publishing/schema';
import type { PostDetail, RunMetrics } from '../../answer-schema';
import type { LinkClicks } from '../../link-schema';
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

interface Measured {
  measured: ReadonlyMap<string, RunMetrics>;
  links: readonly LinkClicks[];
}

/** Numbers of what is out, by run; asked for again each minute, since the networks report them with delay anyway. */
export function useRunMetrics(organizationId: string, postId: string, out: boolean): Measured {
  const { data } = useQuery({
    queryKey: ['post-metrics', organizationId, postId],
    queryFn: async () => {
      const { metrics, links } = await api<PostDetail>('GET', `/api/posts/${postId}`);
      const measured = new Map(
        metrics.map((one) => [one.runId, { ...one, measuredAt: new Date(one.measuredAt) }]),
      );
      return { measured, links };
    },
    enabled: out,
    refetchInterval: 60_000,
  });
  return data ?? NONE;
}

const NONE: Measured = { measured: new Map(), links: [] };
