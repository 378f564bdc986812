'use client';
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { type Draft, type DraftAction, drafted, draftOf } from '../../mapping/draft';
import type { DraftRow, StoredMapping } from '../../mapping/rebase';
import type { MappingRule, SavedView } from '../../mapping/schema';

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

/** Null when they cannot be had now: the listener tells them later. */
async function storedNow(kind: {
  integrationType: string;
  entityType: string;
}): Promise<StoredMapping[] | null> {
  const items: SavedView['items'] = [];
  let cursor: string | null = null;
  try {
    do {
      const query = { ...kind, limit: 100, ...(cursor ? { cursor } : {}) };
      const page: { items: SavedView['items']; cursor: string | null } = await api(
        'GET',
        '/api/integrations/mappings',
        { query },
      );
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor);
    return received(items);
  } catch (cause) {
    if (cause instanceof ApiProblem) return null;
    throw cause;
  }
}

/** What the server refused of a save, by row, and of which rule it said so. */
export type Refusals = ReadonlyMap<string, { rule: MappingRule; message: string }>;

function refusalsOf(cause: unknown, sent: readonly DraftRow[]): Refusals {
  if (!(cause instanceof ApiProblem)) return new Map();
  return new Map(
    cause.errors.flatMap(({ path, message }): [string, { rule: MappingRule; message: string }][] => {
      const row = sent[Number(/^body\.mappings\.(\d+)/.exec(path)?.[1] ?? -1)];
      return row ? [[row.key, { rule: row.rule, message }]] : [];
    }),
  );
}

/** What others save arrives in the draft; what we saved ourselves does not arrive as theirs. */
function useArrivals({
  draft,
  live,
  saving,
  dispatch,
}: {
  draft: Draft;
  live: readonly StoredMapping[];
  saving: boolean;
  dispatch: (action: DraftAction) => void;
}) {
  // What was saved last, while the listener has not said so yet.
  const [echo, setEcho] = useState<string | null>(null);
  const stored = signatureOf(draft.stored);
  const heard = signatureOf(live);
  useEffect(() => {
    if (saving || heard === stored) return;
    if (echo !== null && heard !== echo) return;
    dispatch({ do: 'rebase', stored: live });
  }, [heard, stored, live, saving, echo, dispatch]);
  useEffect(() => {
    if (echo === null) return;
    const timer = setTimeout(() => setEcho(null), heard === echo ? 0 : ECHO_MS);
    return () => clearTimeout(timer);
  }, [echo, heard]);
  return { setEcho };
}

/** A draft over the mappings as they are stored, live, and its way back there. */
export function useDraft(
  live: readonly StoredMapping[],
  kind: { integrationType: string; entityType: string },
) {
  const [draft, dispatch] = useReducer(drafted, live, draftOf);
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [refused, setRefused] = useState<Refusals>(new Map());
  const { setEcho } = useArrivals({ draft, live, saving, dispatch });

  const current = useRef(draft);
  useEffect(() => {
    current.current = draft;
  });
  const { integrationType, entityType } = kind;
  const save = useCallback(async (): Promise<SavedView | null> => {
    const { rows, stored: known } = current.current;
    setSaving(true);
    setError(null);
    setRefused(new Map());
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
      dispatch({ do: 'saved', sent: rows, stored: items });
      return saved;
    } catch (cause) {
      setError(cause);
      setRefused(refusalsOf(cause, rows));
      // Without the listener nobody would tell us what it is that we have not seen.
      if (cause instanceof ApiProblem && cause.code === 'stale_version') {
        const now = await storedNow({ integrationType, entityType });
        if (now) {
          setEcho(signatureOf(now));
          dispatch({ do: 'rebase', stored: now });
        }
      }
      return null;
    } finally {
      setSaving(false);
    }
  }, [integrationType, entityType, setEcho]);
  // What went wrong with a save is said until somebody goes on.
  const act = useCallback((action: DraftAction) => {
    setError(null);
    dispatch(action);
  }, []);
  return { draft, dispatch: act, save, saving, error, refused };
}
