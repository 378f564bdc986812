import { safeNext } from '@/features/auth/next-path';

export type Search = Promise<Record<string, string | string[] | undefined>>;

/** One value of the address, or an empty string. */
export async function searchOf(search: Search): Promise<(name: string) => string> {
  const values = await search;
  return (name) => {
    const value = values[name];
    return (Array.isArray(value) ? value[0] : value) ?? '';
  };
}

/** Where to go afterwards: only inside this app. */
export function nextOf(read: (name: string) => string, fallback: string): string {
  return safeNext(read('next'), fallback);
}
