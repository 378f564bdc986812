import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';

/** Work for an organisation that failed for good, and waits for a person. */

export const DEAD_LETTER_KINDS = ['sync', 'push', 'refresh', 'forget', 'webhook_in', 'webhook_out'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

/** By type of job. Others are the product's own, and are shown to no organisation. */
export const KIND_OF_JOB: Readonly<Record<string, DeadLetterKind>> = {
  'sync.inbound': 'sync',
  'sync.outbound': 'push',
  'sync.nudge': 'refresh',
  'sync.refetch': 'refresh',
  'sync.catch_up': 'refresh',
  'sync.forget': 'forget',
  'integrations.inbound_event': 'webhook_in',
  'webhooks.deliver': 'webhook_out',
};

export const deadLetterQuery = pageQuery;

export const replayBody = z.strictObject({
  ids: z
    .array(z.string().min(1).max(200))
    .min(1, 'Choose at least one.')
    .max(50, 'At most 50 at once.')
    .transform((ids) => [...new Set(ids)]),
});
export type ReplayBody = z.output<typeof replayBody>;

export const deadLetterView = z.object({
  id: z.string(),
  kind: z.enum(DEAD_LETTER_KINDS),
  /** Why it failed, without what might be secret. */
  reason: z.string(),
  code: z.string().nullable(),
  attempts: z.int(),
  enqueuedAt: z.date(),
  diedAt: z.date(),
  /** What it was about: ids and names of kinds, nothing else. */
  summary: z.record(z.string(), z.string()),
});
export type DeadLetterView = z.output<typeof deadLetterView>;

export const replayAnswer = z.object({
  replayed: z.array(z.string()),
  /** Those that somebody else replayed or discarded meanwhile. */
  skipped: z.array(z.string()),
});
export type ReplayAnswer = z.output<typeof replayAnswer>;
