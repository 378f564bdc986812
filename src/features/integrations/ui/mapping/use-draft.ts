'use client';
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { drafted, draftOf } from '../../mapping/draft';
import type { StoredMapping } from '../../mapping/rebase';
import type { SavedView } from '../../mapping/schema';

/** The listener tells of what we saved ourselves within so long; until then what it last said is old. */
const ECHO_MS = 4_000;

function signatureOf(mappings: readonly StoredMapping[]): string {
  return mappings
    .map(({ id, version }) => `${id}:${version}`)
    .sort()
    .join(' ');
}

/** The answer travels as JSON, where moments are texts. */
function received(items: SavedView['items']): StoredMapping[] {
  return items.map((one) => ({ ...one, createdAt: new Date(one.createdAt) }));
}

/** A draft over the mappings as they are stored, live, and its way back there. */
export function useDraft(
  live: readonly StoredMapping[],
  kind: { integrationType: string; entityType: string },
) {
  const [draft, dispatch] = useReducer(drafted, live, draftOf);
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // What was saved last, while the listener has not said so yet.
  const [echo, setEcho] = useState<string | null>(null);
  const stored = signatureOf(draft.stored);
  const heard = signatureOf(live);

  useEffect(() => {
    if (saving || heard === stored) return;
    if (echo !== null && heard !== echo) return;
    dispatch({ do: 'rebase', stored: live });
  }, [heard, stored, live, saving, echo]);
  useEffect(() => {
    if (echo === null) return;
    const timer = setTimeout(() => setEcho(null), heard === echo ? 0 : ECHO_MS);
    return () => clearTimeout(timer);
  }, [echo, heard]);

  const current = useRef(draft);
  useEffect(() => {
    current.current = draft;
  });
  const { integrationType, entityType } = kind;
  const save = useCallback(async (): Promise<SavedView | null> => {
    const { rows, stored: known } = current.current;
    setSaving(true);
    setError(null);
    try {
      const saved = await api<SavedView>('PUT', '/api/integrations/mappings', {
        body: {
          ...{ integrationType, entityType },
          expected: Object.fromEntries(known.map(({ id, version }) => [id, version])),
          mappings: rows.map(({ rule }) => rule),
        },
      });
      const items = received(saved.items);
      setEcho(signatureOf(items));
      dispatch({ do: 'saved', stored: items });
      return saved;
    } catch (cause) {
      setError(cause);
      // Without the listener nobody would tell us what it is that we have not seen.
      if (cause instanceof ApiProblem && cause.code === 'stale_version') await reload();
      return null;
    } finally {
      setSaving(false);
    }
    async function reload() {
      const query = { integrationType, entityType, limit: 100 };
      try {
        const items: SavedView['items'] = [];
        let cursor: string | undefined;
        do {
          const page: { items: SavedView['items']; cursor: string | null } = await api(
            'GET',
            '/api/integrations/mappings',
            { query: { ...query, cursor } },
          );
          items.push(...page.items);
          cursor = page.cursor ?? undefined;
        } while (cursor);
        const now = received(items);
        setEcho(signatureOf(now));
        dispatch({ do: 'rebase', stored: now });
      } catch (cause) {
        setError(cause);
      }
    }
  }, [integrationType, entityType]);
  return { draft, dispatch, save, saving, error, clearError: () => setError(null) };
}
