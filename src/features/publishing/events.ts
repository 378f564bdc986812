import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';
import { platformIdSchema } from '@/features/platforms/schema';
import { blockedReasonSchema, errorClassSchema } from './schema';

/** What publishing announces. All but `post.started` go through the outbox, in the transaction of the state change. */

const runFacts = {
  runId: z.string(),
  postId: z.string(),
  organizationId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
};

/** Once per run, when its first post is out. Outside subscribers know it as `post.published`. */
export const contentPublished = defineEvent(
  'content_published',
  z.object({ ...runFacts, permalink: z.string().nullable(), publishedAt: z.coerce.date() }),
);

/** Best effort, for live displays only. */
export const postStarted = defineEvent('post.started', z.object(runFacts));

const attention = z.object({
  ...runFacts,
  authorId: z.string(),
  errorClass: errorClassSchema.nullable(),
  /** For people: what happened and what to do. */
  message: z.string(),
});

/** Every part of the run that was to follow its first post is out too. Only for runs with such parts. */
export const postCompleted = defineEvent('post.completed', z.object(runFacts));
export const postPartial = defineEvent('post.partial', attention);
export const postFailed = defineEvent('post.failed', attention);
/** A person is asked whether it is out; `reminder` counts the questions after the first. */
export const postUnconfirmed = defineEvent('post.unconfirmed', attention.extend({ reminder: z.int() }));
export const postBlocked = defineEvent(
  'post.blocked',
  attention.extend({ reason: blockedReasonSchema, reminder: z.int() }),
);
export const postCancelled = defineEvent('post.cancelled', z.object({ ...runFacts, authorId: z.string() }));
export const postRemoved = defineEvent('post.removed', z.object(runFacts));
