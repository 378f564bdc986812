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

const decision = {
  ...postFacts,
  /** As people know them: a member, or somebody outside who opened a review link. */
  actorName: z.string(),
  via: z.enum(['member', 'link']),
};

/** This content may go out. */
export const postApproved = defineEvent('post.approved', z.object(decision));

/** Changes were asked for; what waited goes on waiting. */
export const postRejected = defineEvent('post.rejected', z.object({ ...decision, comment: z.string() }));

/** Somebody said something about a post. */
export const postCommented = defineEvent(
  'post.commented',
  z.object({
    ...decision,
    commentId: z.string(),
    /** The beginning of the comment. */
    excerpt: z.string(),
    /** Members who took part before, to be told as well. */
    participants: z.array(z.string()),
  }),
);

export const postDeleted = defineEvent('post.deleted', z.object(postFacts));

/** A series began, changed or ended: its posts are brought in line. */
export const seriesChanged = defineEvent(
  'series.changed',
  z.object({ seriesId: z.string(), organizationId: z.string() }),
);
