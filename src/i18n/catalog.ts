import type { Messages } from 'next-intl';
import type { Locale } from './locale';

/** One per file in `src/messages/<locale>`; a test compares this list with the folders. */
export const NAMESPACES = [
  'ai',
  'auth',
  'billing',
  'calendar',
  'common',
  'content',
  'crm',
  'dashboard',
  'duplicates',
  'fatal',
  'feeds',
  'inbox',
  'inbound',
  'integrations',
  'library',
  'mail',
  'mapping',
  'marketing',
  'media',
  'notifications',
  'operations',
  'notify',
  'organization',
  'pipeline',
  'platforms',
  'publishing',
  'review',
  'sandboxcrm',
  'settings',
  'shards',
  'shell',
  'tokens',
] as const;

/** All messages of a language: `{ common: {...}, content: {...} }`. Loaded once per process. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  const entries = await Promise.all(
    NAMESPACES.map(async (namespace) => {
      const file = (await import(`../messages/${locale}/${namespace}.json`)) as { default: Messages[string] };
      return [namespace, file.default] as const;
    }),
  );
  return Object.fromEntries(entries) as Messages;
}
