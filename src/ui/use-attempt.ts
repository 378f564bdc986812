'use client';
import { useCallback, useState } from 'react';

/** One attempt of several kinds at a time: which one runs, and what went wrong last, until the next or `clear`. */
export function useAttempts<Kind extends string | number>() {
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
  const clear = useCallback(() => setError(null), []);
  return { busy, error, attempt, clear };
}

/** One attempt at a time: whether it runs, and what went wrong last, until the next or `clear`. */
export function useAttempt() {
  const { busy, error, attempt: attempts, clear } = useAttempts<'it'>();
  const attempt = useCallback((work: () => Promise<unknown>) => attempts('it', work), [attempts]);
  return { busy: busy !== null, error, attempt, clear };
}

/** The end of an attempt after which its place goes away by itself: it stays busy until then, and nothing runs twice. */
export function untilGone(): Promise<never> {
  return new Promise(() => undefined);
}

/** Leaves for another page; an attempt that ends with it stays busy until the browser is there. */
export function leaveFor(url: string): Promise<never> {
  window.location.assign(url);
  return untilGone();
}
