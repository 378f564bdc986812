import type { PlatformId } from '@/features/platforms/schema';

/** Networks that let no app read what was written under an account's posts (checked 2026-11-21). */
const NONE: ReadonlySet<PlatformId> = new Set(['pinterest', 'tiktok']);

/** Whether comments of this account can reach the inbox; of people on LinkedIn they cannot, of organisations they can. */
export function hasInbox({ platform, accountId }: { platform: PlatformId; accountId: string }): boolean {
  return !NONE.has(platform) && !(platform === 'linkedin' && accountId.startsWith('urn:li:person:'));
}
