'use client';
import { useSyncExternalStore } from 'react';

const never = () => () => undefined;

/**
 * False while the server's HTML is taken over, true from then on. For what reads a cache that another part of the page may
 * have filled by then: a boundary that is taken over late would otherwise find data where the server drew a skeleton.
 */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
