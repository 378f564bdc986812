'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import type { Layout, Widget } from '../schema';

/** A person's layout: read, changed as a draft, saved as a whole. A save that came second loses nothing and says so. */
export function useLayout(organizationId: string) {
  const queries = useQueryClient();
  const key = ['dashboard', organizationId, 'layout'] as const;
  const stored = useQuery({
    queryKey: key,
    queryFn: () => api<Layout>('GET', '/api/dashboard/widgets'),
    staleTime: 60_000,
  });
  const [draft, setDraft] = useState<readonly Widget[] | null>(null);
  /** Choices inside widgets that nobody saved: they hold until the page is left. */
  const [choices, setChoices] = useState<Readonly<Record<string, Widget['query']>>>({});
  const saved = stored.data?.widgets.map((one) => ({ ...one, query: choices[one.id] ?? one.query }));
  const save = useMutation({
    mutationFn: (widgets: readonly Widget[]) =>
      api<Layout>('PUT', '/api/dashboard/widgets', {
        body: { widgets, version: stored.data?.version ?? 0 },
      }),
    onSuccess: (layout) => {
      queries.setQueryData(key, layout);
      setDraft(null);
    },
    onError: (error) => {
      // Somebody (another tab) saved first: the next save is made from theirs.
      if (error instanceof ApiProblem && error.code === 'stale_version') void stored.refetch();
    },
  });
  return {
    widgets: draft ?? saved ?? null,
    error: stored.data ? null : stored.error,
    retry: () => void stored.refetch(),
    arranging: draft !== null,
    /** Begins with what is on the screen, so that a choice made inside a widget is saved with the layout. */
    arrange: () => setDraft(saved ?? []),
    showOnly: (id: string, query: Widget['query']) => setChoices((before) => ({ ...before, [id]: query })),
    change: setDraft,
    cancel: () => {
      save.reset();
      setDraft(null);
    },
    save: () => draft && save.mutate(draft),
    saving: save.isPending,
    saveError: save.error,
  };
}

export type LayoutState = ReturnType<typeof useLayout>;
