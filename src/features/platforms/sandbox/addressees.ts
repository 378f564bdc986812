import type { SandboxPost } from '@/features/platforms/sandbox/schema';

/** Who finds a post in their inbox: nobody their own. */
export function addressees(
  authorId: string,
  parent: SandboxPost | null,
  text: string,
): Pick<SandboxPost, 'parentAccountId' | 'notifies'> {
  const named = [...text.matchAll(/(?<![\w@])@([a-z0-9_]{2,30})/gi)].map(
    ([, handle = '']) => `u_${handle.toLowerCase()}`,
  );
  const all = new Set([...(parent ? [parent.accountId] : []), ...named]);
  all.delete(authorId);
  return { parentAccountId: parent?.accountId ?? null, notifies: [...all].slice(0, 20) };
}
