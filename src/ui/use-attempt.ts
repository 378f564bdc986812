'use client';
import { useCallback, useState } from 'react';

/** One attempt of several kinds at a time: which one runs, and what went wrong last. */
export function useAttempts<Kind extends string>() {
  const [busy, setBusy] = useState<Kind | null>(null);
  const [error, setError] = useState<unknown>(null);
  const attempt = useCallback(async (kind: Kind, work: () => Promise<unknown>) => {
    setBusy(kind);
    setError(null);
    try {
      await work();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(null);
    }
  }, []);
  return { busy, error, attempt };
}

/** One attempt at a time: whether it runs, and what went wrong last. */
export function useAttempt() {
  const { busy, error, attempt: attempts } = useAttempts<'it'>();
  const attempt = useCallback((work: () => Promise<unknown>) => attempts('it', work), [attempts]);
  return { busy: busy !== null, error, attempt };
}
