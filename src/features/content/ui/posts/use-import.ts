'use client';
import { useRef, useState } from 'react';
import { api } from '@/client/api';
import type { ImportAnswer, ImportFault } from '../../import-schema';

/** Rows that one request imports, so that progress is seen and stopping takes effect. */
const STEP = 50;

export type ImportState =
  | { step: 'choose' }
  | { step: 'checking'; file: File }
  | { step: 'checked'; file: File; answer: ImportAnswer }
  | { step: 'importing'; file: File; done: number; last: number }
  | { step: 'done'; created: number; existing: number; errors: ImportFault[]; stopped: boolean };

/** Check a table, then import it part by part. Repeating after an interruption adds nothing twice. */
export function useImport() {
  const [state, setState] = useState<ImportState>({ step: 'choose' });
  const [error, setError] = useState<unknown>(null);
  const stop = useRef<AbortController | null>(null);

  const send = (file: File, query: Record<string, string | number | boolean>) =>
    api<ImportAnswer>('POST', '/api/posts/import', {
      raw: file,
      query,
      headers: { 'content-type': 'text/csv' },
      ...(stop.current ? { signal: stop.current.signal } : {}),
    });
  const check = async (file: File) => {
    setError(null);
    setState({ step: 'checking', file });
    stop.current = new AbortController();
    try {
      setState({ step: 'checked', file, answer: await send(file, { dryRun: true }) });
    } catch (cause) {
      setError(cause);
      setState({ step: 'choose' });
    }
  };
  const run = async (file: File, rows: number) => {
    const controller = new AbortController();
    stop.current = controller;
    setError(null);
    const sum = { created: 0, existing: 0, errors: [] as ImportFault[] };
    try {
      for (let from = 2, seen = 0; seen < rows && !controller.signal.aborted; from += STEP) {
        setState({ step: 'importing', file, done: seen, last: rows });
        const answer = await send(file, { from, to: from + STEP - 1 });
        seen += answer.rows;
        sum.created += answer.created;
        sum.existing += answer.existing;
        sum.errors.push(...answer.errors);
        // Lines that are empty stand between rows; a file never has so many of them.
        if (from > 100_000) break;
      }
    } catch (cause) {
      if (!controller.signal.aborted) setError(cause);
    }
    setState({ step: 'done', ...sum, stopped: controller.signal.aborted });
  };
  return {
    state,
    error,
    check,
    run,
    cancel: () => stop.current?.abort(),
    reset: () => {
      stop.current?.abort();
      setError(null);
      setState({ step: 'choose' });
    },
  };
}
