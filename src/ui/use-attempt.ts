'use client';
import { useCallback, useState } from 'react';

/** One attempt of several kinds at a time: which one runs, and what went wrong last, until the next or `clear`. */
export function useAttempts<Kind extends string | number>() {
  const [busy, setBusy] = useState<Kind | null>(null);
  const [error, setError] = useState<unknown>(null);
  const attempt = useCallback(async (kind: Kind, work: () => Promise<unknown>) => {
    setBusy(kind);
    setError(null);
    setError(await faultOf(work));
    setBusy(null);
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

/** The browser shows the page again as it was left (back-forward cache): the attempt that left it is over. */
class CameBack extends Error {}

/** Runs an attempt to its end. @returns what went wrong; null when nothing did, or when the page was left for another and is back. */
export async function faultOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (cause) {
    return cause instanceof CameBack ? null : cause;
  }
}

/**
 * The end of an attempt after which its place goes away by itself: it stays busy until then, and nothing runs twice. Where the
 * whole page went away and comes back by the browser's back button, the attempt is over, and what it did can be done anew.
 */
export function untilGone(): Promise<never> {
  return new Promise((_, reject) => {
    const shown = ({ persisted }: PageTransitionEvent) => {
      if (!persisted) return;
      window.removeEventListener('pageshow', shown);
      reject(new CameBack());
    };
    window.addEventListener('pageshow', shown);
  });
}

/** Leaves for another page; an attempt that ends with it stays busy until the browser is there. */
export function leaveFor(url: string): Promise<never> {
  window.location.assign(url);
  return untilGone();
}
