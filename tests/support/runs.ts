import type { Post } from '@/features/content/schema';
import { contentHashOf } from '@/features/publishing/intent';
import { newRun } from '@/features/publishing/planning';
import type { Run } from '@/features/publishing/schema';

/** A run of one channel and what it comes from, for decisions that read no store. */
export const now = new Date('2026-05-01T12:00:00Z');
export const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

export const post = {
  id: 'p',
  organizationId: 'o',
  authorId: 'a',
  master: { text: 'hello', mediaIds: [] },
  channels: [{ connectionId: 'c', platform: 'sandbox' }],
  status: 'scheduled',
  version: 1,
  contentHash: 'h',
  approval: { status: 'none' },
} as unknown as Post;
export const plan = {
  connectionId: 'c',
  platform: 'sandbox',
  dueAt: now,
  localTime: '2026-05-01T12:00',
  zone: 'UTC',
  needsApproval: false,
  contentHash: contentHashOf(post, 'c'),
} as const;

export function aRun(over: Partial<Run> = {}): Run {
  return { ...newRun(post, plan, now), id: 'p_c', createdAt: now, updatedAt: now, ...over } as Run;
}
export const rootOut = (run: Run): Run => ({
  ...run,
  parts: [
    { key: 'root', status: 'published', platformPostId: '1', permalink: null, extra: {}, publishedAt: now },
    {
      key: 'thread_1',
      status: 'waiting',
      platformPostId: null,
      permalink: null,
      extra: {},
      publishedAt: null,
    },
  ],
  step: 'thread_1',
});
