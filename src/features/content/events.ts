import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';
import { postSourceSchema, postStatusSchema } from './schema';

/** What content announces, through the outbox. What becomes of a post once it is planned, publishing announces. */

const postFacts = {
  postId: z.string(),
  organizationId: z.string(),
  authorId: z.string(),
  /** Who did it; the author, unless somebody else edited. */
  actorId: z.string(),
};

export const postCreated = defineEvent(
  'post.created',
  z.object({ ...postFacts, source: postSourceSchema, status: postStatusSchema }),
);

/** Not for drafts: their every autosave would be one. */
export const postUpdated = defineEvent('post.updated', z.object({ ...postFacts, version: z.int() }));

/** Planned for a time, or for now. */
export const postScheduled = defineEvent(
  'post.scheduled',
  z.object({ ...postFacts, dueAt: z.coerce.date(), connectionIds: z.array(z.string()) }),
);

/** Some channels wait until somebody who may approve has looked. */
export const postSubmitted = defineEvent('post.submitted', z.object(postFacts));

export const postDeleted = defineEvent('post.deleted', z.object(postFacts));
