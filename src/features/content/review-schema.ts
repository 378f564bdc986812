import { z } from 'zod';
import { pageOf } from '@/core/db/cursor';
import { type DocOf, defineModel } from '@/core/db/model';
import { platformIdSchema } from '@/features/platforms/schema';
import { postSchema, postWithRunsSchema } from './answer-schema';
import { CONTENT_LIMITS, idSchema } from './schema';

/** The words of review: what is said about a post before it goes out, and links for people without an account. */

export const REVIEW_LIMITS = {
  commentMax: 4_000,
  quoteMax: 300,
  nameMax: 80,
  linkDays: 14,
  linksMax: 50,
} as const;

const commentText = z.string().trim().min(1, 'Write something.').max(REVIEW_LIMITS.commentMax);
const hashField = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'Send the contentHash of the version you have looked at.');

/** What a comment is about: a channel, a part of its text, or the post as a whole. */
export const anchorSchema = z.strictObject({
  connectionId: idSchema.optional(),
  /** 0 is the post, 1 the first part of its thread. */
  part: z.int().min(0).max(CONTENT_LIMITS.threadPartsMax).optional(),
  /** The words it is about, as they were. */
  quote: z.string().trim().min(1).max(REVIEW_LIMITS.quoteMax).optional(),
});

/** Decisions stand in the same thread as what was said: one story, in order. */
export const REVIEW_KINDS = ['comment', 'submitted', 'approved', 'changes_requested'] as const;

export const reviewCommentModel = defineModel('content_posts/{postId}/review_comments', {
  organizationId: z.string(),
  postId: z.string(),
  kind: z.enum(REVIEW_KINDS),
  text: z.string().max(REVIEW_LIMITS.commentMax),
  anchor: anchorSchema.nullable(),
  /** Null for somebody who wrote through a review link. */
  authorId: z.string().nullable(),
  authorName: z.string().max(200),
  via: z.enum(['member', 'link']),
  /** Shown to people who open a review link too. */
  shared: z.boolean(),
  /** The content it was said about. */
  contentHash: z.string(),
  resolvedAt: z.date().nullable(),
  resolvedBy: z.string().nullable(),
});
export type ReviewComment = DocOf<typeof reviewCommentModel>;

export const submitRequestSchema = z.strictObject({ note: commentText.optional() });
export type SubmitRequest = z.output<typeof submitRequestSchema>;
export const approveRequestSchema = z.strictObject({
  contentHash: hashField,
  comment: commentText.optional(),
});
export type ApproveRequest = z.output<typeof approveRequestSchema>;
export const requestChangesSchema = z.strictObject({ contentHash: hashField, comment: commentText });
export type RequestChanges = z.output<typeof requestChangesSchema>;
export const commentRequestSchema = z.strictObject({
  text: commentText,
  anchor: anchorSchema.optional(),
  shared: z.boolean().default(false),
});
export type CommentRequest = z.output<typeof commentRequestSchema>;
export const changeCommentSchema = z.strictObject({ resolved: z.boolean() });
export const commentParams = z.strictObject({ id: idSchema, commentId: idSchema });
export const commentSchema = reviewCommentModel.schema;
export const commentPage = pageOf(commentSchema);
export const reviewedPostSchema = postWithRunsSchema;

// Links ----------------------------------------------------------------------------------------------------------------

/** Named by the hash of its token: who reads the database cannot open one. */
export const reviewLinkModel = defineModel('review_links', {
  organizationId: z.string(),
  postId: z.string(),
  /** What members call it by; says nothing about the token. */
  linkId: z.string(),
  label: z.string().max(REVIEW_LIMITS.nameMax),
  createdBy: z.string(),
  /** `salt:hash` of scrypt. */
  passcode: z.string().nullable(),
  /** Wrong passcodes since the last right one. */
  failures: z.int().nonnegative(),
  lockedUntil: z.date().nullable(),
  revokedAt: z.date().nullable(),
  openedAt: z.date().nullable(),
  expiresAt: z.date(),
});
export type ReviewLink = DocOf<typeof reviewLinkModel>;

export const createLinkSchema = z.strictObject({
  /** Who it is for. */
  label: z.string().trim().min(1).max(REVIEW_LIMITS.nameMax),
  days: z.int().min(1).max(REVIEW_LIMITS.linkDays).default(REVIEW_LIMITS.linkDays),
  passcode: z.string().min(6, 'Use at least 6 characters.').max(100).optional(),
});
export type CreateLink = z.output<typeof createLinkSchema>;
export const linkViewSchema = z.object({
  linkId: z.string(),
  label: z.string(),
  passcode: z.boolean(),
  createdAt: z.date(),
  openedAt: z.date().nullable(),
  expiresAt: z.date(),
});
export type LinkView = z.output<typeof linkViewSchema>;
export const linkListSchema = z.object({ items: z.array(linkViewSchema), cursor: z.null() });
/** The address is shown once; only its hash is kept. */
export const createdLinkSchema = z.object({ link: linkViewSchema, url: z.string() });
export const revokeLinkQuery = z.strictObject({ linkId: idSchema });

// What somebody with a link sees ---------------------------------------------------------------------------------------

export const reviewTokenParams = z.strictObject({ token: z.string().min(1).max(200) });
export const reviewMediaParams = z.strictObject({ token: z.string().min(1).max(200), mediaId: idSchema });
/** Proof of the right passcode, where the link has one. */
export const accessQuery = z.strictObject({ access: z.string().max(2_000).optional() });
export const reviewMediaQuery = accessQuery.extend({
  w: z.coerce.number().int().min(1).max(4_000).optional(),
});
export const unlockRequestSchema = z.strictObject({ passcode: z.string().max(100) });
export const unlockedSchema = z.object({ access: z.string() });

const clientPost = postSchema.pick({
  master: true,
  channels: true,
  thread: true,
  firstComment: true,
  contentHash: true,
  status: true,
});
export const clientReviewSchema = z.object({
  organizationName: z.string(),
  label: z.string(),
  expiresAt: z.date(),
  post: clientPost,
  /** Of exactly this content. */
  state: z.enum(['open', 'approved', 'changes_requested', 'closed']),
  decidedBy: z.string().nullable(),
  dueAt: z.date().nullable(),
  zone: z.string().nullable(),
  /** Approving sends it at once. */
  sendsAtOnce: z.boolean(),
  channels: z.array(
    z.object({
      id: z.string(),
      platform: platformIdSchema,
      displayName: z.string(),
      handle: z.string(),
      avatarUrl: z.string().nullable(),
      signature: z.string().nullable(),
      sandbox: z.boolean(),
    }),
  ),
  media: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      mime: z.string(),
      bytes: z.int(),
      altText: z.string(),
      width: z.int().optional(),
      height: z.int().optional(),
      durationSeconds: z.number().optional(),
      pages: z.int().optional(),
      title: z.string().optional(),
    }),
  ),
  comments: z.array(
    commentSchema.pick({ id: true, kind: true, text: true, authorName: true, via: true, createdAt: true }),
  ),
});
export type ClientReview = z.output<typeof clientReviewSchema>;
/** `review` is null while the passcode is missing. */
export const openedReviewSchema = z.object({
  passcodeNeeded: z.boolean(),
  review: clientReviewSchema.nullable(),
});
export type OpenedReview = z.output<typeof openedReviewSchema>;

const clientName = z.string().trim().min(1, 'Say who you are.').max(REVIEW_LIMITS.nameMax);
export const clientAnswerSchema = z
  .strictObject({
    action: z.enum(['comment', 'approve', 'request_changes']),
    name: clientName,
    text: commentText.optional(),
    contentHash: hashField,
  })
  .check((ctx) => {
    const { action, text } = ctx.value;
    if (action !== 'approve' && !text)
      ctx.issues.push({ code: 'custom', message: 'Say what you think.', path: ['text'], input: text });
  });
export type ClientAnswer = z.output<typeof clientAnswerSchema>;
