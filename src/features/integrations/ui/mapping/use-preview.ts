'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api } from '@/client/api';
import type { MappingRule, PreviewView } from '../../mapping/schema';
import { Latest } from './latest';
import type { ServerFault } from './words';

const DELAY_MS = 600;

interface Question {
  integrationType: string;
  entityType: string;
  record: Record<string, unknown>;
  mappings: readonly MappingRule[];
}

export interface Preview {
  /** Null until the first answer. */
  view: PreviewView | null;
  faults: ReadonlyMap<string, ServerFault>;
  asking: boolean;
  error: unknown;
}

const NOTHING: Preview = { view: null, faults: new Map(), asking: false, error: null };

/** What the rules make of a record, asked again as they change. What was known stays until the next answer. */
export function usePreview(question: Question | null): Preview & { again: () => void } {
  const [preview, setPreview] = useState(NOTHING);
  const [round, setRound] = useState(0);
  const latest = useRef<Latest<Question, PreviewView> | null>(null);
  useEffect(() => {
    const asked = new Latest<Question, PreviewView>({
      delayMs: DELAY_MS,
      send: (body, signal) => api('POST', '/api/integrations/mappings/preview', { body, signal }),
      answered: (view) =>
        setPreview({
          view,
          faults: new Map(view.errors.map((fault) => [fault.field, fault])),
          asking: false,
          error: null,
        }),
      failed: (error) => setPreview((known) => ({ ...known, asking: false, error })),
    });
    latest.current = asked;
    return () => asked.stop();
  }, []);
  const key = question && JSON.stringify(question);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the question; a round asks it again.
  useEffect(() => {
    if (!question || question.mappings.length === 0) {
      latest.current?.stop();
      setPreview(NOTHING);
      return;
    }
    setPreview((known) => ({ ...known, asking: true }));
    latest.current?.ask(question);
  }, [key, round]);
  return useMemo(() => ({ ...preview, again: () => setRound((count) => count + 1) }), [preview]);
}
