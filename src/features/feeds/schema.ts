import { z } from 'zod';
import { pageOf, pageQuery } from '@/core/db/cursor';
import { type DocOf, defineModel } from '@/core/db/model';

/** Feeds of other websites (RSS, Atom, RDF, JSON Feed) whose new items become posts. */

export const FEED_LIMITS = {
  urlMax: 2_000,
  templateMax: 2_000,
  instructionMax: 1_000,
  channelsMax: 20,
  /** Minutes between two looks. */
  intervalMin: 15,
  intervalDefault: 30,
  intervalMax: 24 * 60,
  perOrganization: 100,
  titleMax: 300,
  summaryMax: 600,
  authorMax: 200,
  linkMax: 2_000,
} as const;

/** Failed looks in a row after which a feed is switched off. */
export const FAILURES_MAX = 10;
/** Posts made at one look; the rest comes at the next ones, oldest first. */
export const POSTS_PER_CHECK = 5;
/** Items that may wait for their turn; what a feed adds beyond that is passed over, and the feed says so. */
export const WAITING_MAX = 50;

/** What becomes of a new item: a draft, the next free time of each channel, or out at once. */
export const FEED_MODES = ['draft', 'queue', 'now'] as const;
export const feedModeSchema = z.enum(FEED_MODES);
export type FeedMode = z.infer<typeof feedModeSchema>;

export const FEED_WRITERS = ['template', 'ai'] as const;
export const feedWriterSchema = z.enum(FEED_WRITERS);

/** `disabled`: IriSync stopped it, and `stopReason` says why. `paused`: a person did, or its author may no longer post. */
export const feedStatusSchema = z.enum(['active', 'paused', 'disabled']);

export const STOP_REASONS = ['gone', 'exhausted', 'author_gone', 'author_permission'] as const;
export const stopReasonSchema = z.enum(STOP_REASONS);
export type StopReason = z.infer<typeof stopReasonSchema>;

/** Why a look failed. */
export const FEED_PROBLEMS = [
  'unreachable',
  'blocked',
  'refused',
  'not_found',
  'gone',
  'busy',
  'server_error',
  'too_large',
  'malformed',
  'internal',
] as const;
export const feedProblemSchema = z.enum(FEED_PROBLEMS);
export type FeedProblem = z.infer<typeof feedProblemSchema>;

/** What people should know of the last posts although nothing failed. */
export const FEED_NOTES = [
  'ai_tokens',
  'ai_failed',
  'kept_as_draft',
  'channels_gone',
  'passed_over',
] as const;
export const feedNoteSchema = z.object({
  code: z.enum(FEED_NOTES),
  /** What was said by whoever refused, or how many items; plain English. */
  detail: z.string().max(500).nullable(),
  at: z.date(),
});
export type FeedNote = z.infer<typeof feedNoteSchema>;

export const feedModel = defineModel('feeds', {
  organizationId: z.string(),
  /** In whose name posts are made; what they may do is asked anew at each look. */
  createdBy: z.string(),
  createdByName: z.string(),
  url: z.string(),
  title: z.string(),
  siteUrl: z.string().nullable(),
  connectionIds: z.array(z.string()),
  mode: feedModeSchema,
  writer: feedWriterSchema,
  /** With `{title}`, `{link}`, `{summary}`, `{author}`; also used where the AI cannot write. */
  template: z.string(),
  /** What the AI is asked for; empty: a post that leads to the item. */
  instruction: z.string(),
  intervalMinutes: z.int(),
  status: feedStatusSchema,
  stopReason: stopReasonSchema.nullable(),
  /** Of the last look, where it failed. */
  problem: feedProblemSchema.nullable(),
  note: feedNoteSchema.nullable(),
  /** In a row. */
  failures: z.int().nonnegative(),
  lastCheckedAt: z.date().nullable(),
  /** Null while it is stopped. */
  nextPollAt: z.date().nullable(),
  lastItem: z.object({ title: z.string(), link: z.string().nullable(), foundAt: z.date() }).nullable(),
  /** Posts made since the beginning. */
  posts: z.int().nonnegative(),
  /** Items found that are no posts yet. */
  waiting: z.int().nonnegative(),
  /** What the server said of the last body, to ask only for news. */
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  bodyHash: z.string().nullable(),
  /** Who looks right now. */
  leaseId: z.string().nullable(),
  leaseUntil: z.date().nullable(),
});
export type FeedDoc = DocOf<typeof feedModel>;

/** A new item until it is a post. Server only. */
export const feedItemModel = defineModel('feed_items', {
  organizationId: z.string(),
  feedId: z.string(),
  /** Names the item, and so its post. */
  key: z.string(),
  /** Oldest first. */
  position: z.number(),
  title: z.string(),
  link: z.string().nullable(),
  summary: z.string(),
  author: z.string(),
  /** What the AI wrote and was paid for. */
  written: z.string().nullable(),
});
export type FeedItemDoc = DocOf<typeof feedItemModel>;

/** Hashes of everything a feed has shown, newest first; same id as its feed. Server only. */
export const feedSeenModel = defineModel('feed_seen', {
  organizationId: z.string(),
  keys: z.array(z.string()),
});

// API ------------------------------------------------------------------------------------------------------------------

export const DEFAULT_TEMPLATE = '{title}\n\n{link}';
export const TEMPLATE_PLACES = ['title', 'link', 'summary', 'author'] as const;

const urlSchema = z
  .url({ protocol: /^https?$/, error: 'Enter the full address of the feed or its website: https://…' })
  .max(FEED_LIMITS.urlMax);
const templateSchema = z
  .string()
  .trim()
  .min(1, 'Write what the post says.')
  .max(FEED_LIMITS.templateMax)
  .refine((text) => /\{(?:title|link|summary)\}/.test(text), 'Use {title}, {link} or {summary} in the text.');
const connectionIdsSchema = z
  .array(z.string().min(1).max(200))
  .min(1, 'Choose at least one channel.')
  .max(FEED_LIMITS.channelsMax)
  .refine((ids) => new Set(ids).size === ids.length, 'Each channel can be chosen once.');
const intervalSchema = z
  .int()
  .min(FEED_LIMITS.intervalMin, `Look every ${FEED_LIMITS.intervalMin} minutes at most.`)
  .max(FEED_LIMITS.intervalMax);
const instructionSchema = z.string().trim().max(FEED_LIMITS.instructionMax);

export const createFeedBody = z.strictObject({
  url: urlSchema,
  connectionIds: connectionIdsSchema,
  mode: feedModeSchema.default('draft'),
  writer: feedWriterSchema.default('template'),
  template: templateSchema.default(DEFAULT_TEMPLATE),
  instruction: instructionSchema.default(''),
  intervalMinutes: intervalSchema.default(FEED_LIMITS.intervalDefault),
});
export type CreateFeed = z.output<typeof createFeedBody>;

export const updateFeedBody = z
  .strictObject({
    connectionIds: connectionIdsSchema.optional(),
    mode: feedModeSchema.optional(),
    writer: feedWriterSchema.optional(),
    template: templateSchema.optional(),
    instruction: instructionSchema.optional(),
    intervalMinutes: intervalSchema.optional(),
    /** What came while it was paused becomes posts once it goes on. */
    status: z.enum(['active', 'paused']).optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Say what changes.');
export type UpdateFeed = z.output<typeof updateFeedBody>;

export const feedSchema = feedModel.schema.omit({
  etag: true,
  lastModified: true,
  bodyHash: true,
  leaseId: true,
  leaseUntil: true,
});
export type FeedView = z.output<typeof feedSchema>;
export const feedPage = pageOf(feedSchema);
export const listFeedsQuery = pageQuery;
export const feedIdParams = z.strictObject({ id: z.string().min(1).max(200) });

export const previewFeedBody = z.strictObject({
  url: urlSchema,
  template: templateSchema.default(DEFAULT_TEMPLATE),
});
export const feedPreviewSchema = z.object({
  /** Of the feed itself, where a website's address was given. */
  url: z.string(),
  title: z.string(),
  siteUrl: z.string().nullable(),
  /** The newest ones, with the text each would make. */
  items: z.array(
    z.object({
      title: z.string(),
      link: z.string().nullable(),
      summary: z.string(),
      author: z.string(),
      publishedAt: z.date().nullable(),
      text: z.string(),
    }),
  ),
});
export type FeedPreview = z.output<typeof feedPreviewSchema>;

export const checkAnswerSchema = z.object({
  /** `stopped`: whoever made the feed may no longer post, so it is paused now. */
  outcome: z.enum(['checked', 'unchanged', 'failed', 'stopped']),
  /** Items that were not there before. */
  found: z.int(),
  posted: z.int(),
  waiting: z.int(),
  problem: feedProblemSchema.nullable(),
});
export type CheckAnswer = z.output<typeof checkAnswerSchema>;
