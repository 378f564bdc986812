import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { type DocOf, defineModel } from '@/core/db/model';
import { localTimeSchema, zoneSchema } from '@/core/time/zones';
import { platformIdSchema } from '@/features/platforms/schema';

/**
 * The words of content: posts, variants, media. Isomorphic: browser, API, worker and tests read the same file.
 * A post says *what* is to be said and *where*; whether it went out stands in its runs (`scheduled_posts`).
 */

// Limits of one post ---------------------------------------------------------------------------------------------------

export const CONTENT_LIMITS = {
  /** Longer than any network takes, so that a text can be pasted first and shortened after. */
  textMax: 70_000,
  titleMax: 300,
  linkMax: 4_000,
  mediaMax: 35,
  threadPartsMax: 50,
  commentMax: 10_000,
  channelsMax: 50,
  tagsMax: 30,
  tagMax: 60,
  signatureMax: 500,
  altTextMax: 5_000,
  documentTitleMax: 300,
  filenameMax: 200,
} as const;

export const idSchema = z.string().min(1).max(200);
const textSchema = z.string().max(CONTENT_LIMITS.textMax);
const linkSchema = z
  .url({ protocol: /^https?$/, error: 'Use a full web address: https://…' })
  .max(CONTENT_LIMITS.linkMax);
const mediaIdsSchema = z
  .array(idSchema)
  .max(CONTENT_LIMITS.mediaMax)
  .refine((ids) => new Set(ids).size === ids.length, 'Each file can be attached once.');
const threadSchema = z
  .array(textSchema.min(1, 'A part of a thread needs text.'))
  .max(CONTENT_LIMITS.threadPartsMax);
const commentSchema = z.string().max(CONTENT_LIMITS.commentMax);
export const tagsSchema = z
  .array(z.string().trim().min(1).max(CONTENT_LIMITS.tagMax))
  .max(CONTENT_LIMITS.tagsMax)
  .refine((tags) => new Set(tags).size === tags.length, 'Each tag can be given once.');

// What a post says -----------------------------------------------------------------------------------------------------

/** What every channel gets unless its variant says otherwise. */
export const masterSchema = z.strictObject({
  text: textSchema,
  mediaIds: mediaIdsSchema.default([]),
  link: linkSchema.optional(),
  /** For networks with titles. */
  title: z.string().max(CONTENT_LIMITS.titleMax).optional(),
});
export type Master = z.infer<typeof masterSchema>;

/** What one channel says differently. A field that is absent inherits from the master; an empty one is empty on purpose. */
export const channelVariantSchema = z.strictObject({
  text: textSchema.optional(),
  mediaIds: mediaIdsSchema.optional(),
  /** `null` removes the master's link on this channel. */
  link: linkSchema.nullable().optional(),
  title: z.string().max(CONTENT_LIMITS.titleMax).optional(),
  /** Replaces the whole thread of the post on this channel; `[]` means one single post. */
  thread: threadSchema.optional(),
});
export type ChannelVariant = z.infer<typeof channelVariantSchema>;

export const postChannelSchema = z.strictObject({
  connectionId: idSchema,
  platform: platformIdSchema,
  variant: channelVariantSchema.optional(),
  /** Parsed by the network's own settings schema when the post is validated. */
  settings: z.record(z.string().max(80), z.unknown()).optional(),
  /** Overrides the post's first comment on this channel; an empty string means none here. */
  firstComment: commentSchema.optional(),
  /** Replaces the channel's own signature in this post; an empty string means none here. */
  signature: z.string().max(CONTENT_LIMITS.signatureMax).optional(),
});
export type PostChannel = z.infer<typeof postChannelSchema>;

/** The part of a post that decides what is published: what variants, hashes and validation are computed from. */
export interface ComposedContent {
  master: Master;
  channels: readonly PostChannel[];
  thread?: readonly string[] | undefined;
  firstComment?: string | undefined;
  /** Its name may stand in links. */
  campaignId?: string | null | undefined;
}

// Posts ----------------------------------------------------------------------------------------------------------------

/**
 * `draft` has no open runs, and only its author and those who may manage all content see it. All others are a roll-up of the post's runs, written by publishing in the transaction that changes a
 * run: `attention` means a run waits for a person (blocked or unconfirmed), `partial` that some channels or parts are out and
 * others are not.
 */
export const POST_STATUSES = [
  'draft',
  'scheduled',
  'publishing',
  'published',
  'partial',
  'attention',
  'failed',
  'cancelled',
  'deleted',
] as const;
export const postStatusSchema = z.enum(POST_STATUSES);
export type PostStatus = z.infer<typeof postStatusSchema>;
/** What the whole organisation sees. */
export const SHARED_STATUSES: readonly PostStatus[] = POST_STATUSES.filter((status) => status !== 'draft');

export const POST_SOURCES = ['human', 'ai', 'api'] as const;
export const postSourceSchema = z.enum(POST_SOURCES);
export type PostSource = z.infer<typeof postSourceSchema>;

export const APPROVAL_STATUSES = ['none', 'in_review', 'approved', 'changes_requested'] as const;
export const approvalSchema = z.object({
  status: z.enum(APPROVAL_STATUSES),
  /** The content that was approved; an approval whose hash is not the post's `contentHash` is void. */
  hash: z.string().optional(),
  /** The member who decided; absent where somebody outside did, through a review link. */
  by: z.string().optional(),
  /** Who decided, as people know them. */
  byName: z.string().max(200).optional(),
  via: z.enum(['member', 'link']).optional(),
  at: z.date().optional(),
  /** Somebody asked for this review; it was not only a channel's rule. */
  asked: z.boolean().optional(),
  /** Channels that must not go out before the approval. */
  channels: z.array(z.string()).max(CONTENT_LIMITS.channelsMax).optional(),
  /** Channels that ask for approval and let whoever wrote this content publish without. */
  exempt: z.array(z.string()).max(CONTENT_LIMITS.channelsMax).optional(),
});
export type Approval = z.infer<typeof approvalSchema>;

export const SCHEDULE_MODES = ['draft', 'now', 'at'] as const;
export const scheduleModeSchema = z.enum(SCHEDULE_MODES);
export type ScheduleMode = z.infer<typeof scheduleModeSchema>;
/** What may be asked for: `queue` takes each channel's next free slot, `best` its best hour. Both are stored as `at`. */
export const ASKED_MODES = [...SCHEDULE_MODES, 'queue', 'best'] as const;

export const disambiguationSchema = z.enum(['earlier', 'later']);

export const postScheduleSchema = z.object({
  mode: scheduleModeSchema,
  localTime: localTimeSchema.optional(),
  /** IANA name: `Europe/Berlin`. */
  zone: zoneSchema.optional(),
  /** Which of the two instants, when clocks go back and the local time happens twice. */
  disambiguation: disambiguationSchema.optional(),
  /** Derived from local time and zone; recomputed when the zone's rules change. The earliest channel's, where they differ. */
  dueAt: z.date().optional(),
  /** The time was not given but found, for each channel by itself. */
  chosenBy: z.enum(['queue', 'best']).optional(),
});
export type PostSchedule = z.infer<typeof postScheduleSchema>;

/** Where a post stands in its series; `localTime` names the occurrence and never changes. */
export const postSeriesSchema = z.object({
  id: idSchema,
  localTime: localTimeSchema,
  /** What the series said when it last wrote this post: other content is the post's own. */
  contentHash: z.string(),
});
export type PostSeries = z.infer<typeof postSeriesSchema>;

export const postModel = defineModel('content_posts', {
  organizationId: z.string(),
  authorId: z.string(),
  teamId: z.string().optional(),
  master: masterSchema,
  channels: z.array(postChannelSchema).max(CONTENT_LIMITS.channelsMax),
  /** The channels' ids, so that lists can be filtered by channel. */
  channelIds: z.array(z.string()),
  /** Every file the post or one of its variants uses, so that a file in use is found. */
  mediaIds: z.array(z.string()),
  firstComment: commentSchema.optional(),
  /** Parts after the first. */
  thread: threadSchema.optional(),
  tags: tagsSchema,
  campaignId: z.string().optional(),
  status: postStatusSchema,
  /** Rises with every change of content, channels or schedule, never with a roll-up; what `If-Match` names. */
  version: z.int().positive(),
  /** See {@link contentHash}. */
  contentHash: z.string(),
  approval: approvalSchema,
  schedule: postScheduleSchema,
  source: postSourceSchema,
  /** The series this is an occurrence of. */
  series: postSeriesSchema.optional(),
  /** Every channel is a sandbox channel. */
  sandbox: z.boolean().optional(),
  /** When the first run was out. Written by publishing. */
  publishedAt: z.date().optional(),
});
export type Post = DocOf<typeof postModel>;
/** A post about to be written: the server sets its timestamps. */
export type UnsavedPost = Omit<Post, 'createdAt' | 'updatedAt'>;

// API ------------------------------------------------------------------------------------------------------------------

export const scheduleRequestSchema = z
  .strictObject({
    mode: z.enum(ASKED_MODES),
    localTime: localTimeSchema.optional(),
    zone: zoneSchema.optional(),
    disambiguation: disambiguationSchema.optional(),
    /** Repeats: RFC 5545 without DTSTART; the local time is the first occurrence. */
    rrule: z.string().trim().min(1).max(500).optional(),
  })
  .check((ctx) => {
    const { mode, localTime, zone, rrule } = ctx.value;
    const missing = (path: string, message: string) =>
      ctx.issues.push({ code: 'custom', message, path: [path], input: ctx.value });
    if (mode === 'at' && !localTime) missing('localTime', 'Say at which local time the post goes out.');
    if (mode === 'at' && !zone) missing('zone', 'Say which time zone the local time is in.');
    if (mode === 'best' && !zone) missing('zone', 'Say in which time zone hours are counted.');
    if (mode !== 'at' && localTime) missing('localTime', `A local time belongs to mode "at", not "${mode}".`);
    if (mode !== 'at' && mode !== 'best' && zone)
      missing('zone', `A time zone belongs to mode "at" or "best", not "${mode}".`);
    if (mode !== 'at' && rrule) missing('rrule', `Repeating belongs to mode "at", not "${mode}".`);
  });
export type ScheduleRequest = z.infer<typeof scheduleRequestSchema>;

/** A channel as a caller names it; the network is known from the connection. */
export const channelRequestSchema = postChannelSchema.omit({ platform: true });
export type ChannelRequest = z.infer<typeof channelRequestSchema>;

const channelsRequestSchema = z
  .array(channelRequestSchema)
  .max(CONTENT_LIMITS.channelsMax)
  .check((ctx) => {
    const seen = new Set<string>();
    ctx.value.forEach((channel, index) => {
      if (seen.has(channel.connectionId)) {
        ctx.issues.push({
          code: 'custom',
          message: 'This channel is in the list twice.',
          path: [index, 'connectionId'],
          input: channel.connectionId,
        });
      }
      seen.add(channel.connectionId);
    });
  });

const composedRequestShape = {
  master: masterSchema,
  channels: channelsRequestSchema.default([]),
  firstComment: commentSchema.optional(),
  thread: threadSchema.optional(),
};

export const createPostRequestSchema = z.strictObject({
  ...composedRequestShape,
  schedule: scheduleRequestSchema.default({ mode: 'draft' }),
  tags: tagsSchema.default([]),
  /** `null` is none, as in a change. */
  campaignId: idSchema.nullable().optional(),
  /** Ask for a review: no channel goes out before somebody has approved this content. */
  submit: z.boolean().optional(),
});
export type CreatePostRequest = z.output<typeof createPostRequestSchema>;
export type CreatePostInput = z.input<typeof createPostRequestSchema>;

/** Only what is given changes. `null` clears a field that may be absent. */
export const updatePostRequestSchema = z.strictObject({
  master: masterSchema.optional(),
  channels: channelsRequestSchema.optional(),
  firstComment: commentSchema.nullable().optional(),
  thread: threadSchema.nullable().optional(),
  tags: tagsSchema.optional(),
  schedule: scheduleRequestSchema.optional(),
  campaignId: idSchema.nullable().optional(),
  submit: z.boolean().optional(),
  /** With a schedule: only these channels move, the others keep their time. */
  connectionIds: z.array(idSchema).min(1).max(CONTENT_LIMITS.channelsMax).optional(),
});
export type UpdatePostRequest = z.output<typeof updatePostRequestSchema>;
export type UpdatePostInput = z.input<typeof updatePostRequestSchema>;

/** A draft to check; a channel may name a network in place of a connection. */
export const validateRequestSchema = z.strictObject({
  master: masterSchema,
  channels: z
    .array(
      z
        .strictObject({
          connectionId: idSchema.optional(),
          platform: platformIdSchema.optional(),
          variant: channelVariantSchema.optional(),
          settings: z.record(z.string().max(80), z.unknown()).optional(),
          signature: postChannelSchema.shape.signature,
          firstComment: commentSchema.optional(),
        })
        .refine((channel) => channel.connectionId || channel.platform, {
          message: 'Name a connection or a network.',
          path: ['connectionId'],
        }),
    )
    .min(1)
    .max(CONTENT_LIMITS.channelsMax),
  firstComment: commentSchema.optional(),
  thread: threadSchema.optional(),
  /** Links may carry its name. */
  campaignId: idSchema.optional(),
});
export type ValidateRequest = z.output<typeof validateRequestSchema>;

/** Either an existing post (`postId`, and perhaps only some of its channels) or a new post given inline. */
export const publishRequestSchema = z
  .strictObject({
    postId: idSchema.optional(),
    connectionIds: z.array(idSchema).min(1).max(CONTENT_LIMITS.channelsMax).optional(),
    master: masterSchema.optional(),
    channels: channelsRequestSchema.optional(),
    firstComment: commentSchema.optional(),
    thread: threadSchema.optional(),
    tags: tagsSchema.optional(),
  })
  .check((ctx) => {
    const fault = (path: string, message: string) =>
      ctx.issues.push({ code: 'custom', message, path: [path], input: ctx.value });
    const { postId, connectionIds, ...inline } = ctx.value;
    if (postId) {
      for (const field of Object.keys(inline)) fault(field, 'Leave this out when you name a postId.');
      return;
    }
    if (connectionIds) fault('connectionIds', 'This belongs to a postId. For a new post, give channels.');
    if (!inline.master) fault('master', 'Give the content of the post, or name a postId.');
    if (!inline.channels?.length) fault('channels', 'Choose at least one channel.');
  });
export type PublishRequest = z.output<typeof publishRequestSchema>;

export const publishQuerySchema = z.strictObject({
  /** Seconds to wait for the runs to end before answering. */
  wait: z.coerce.number().int().min(0).max(30).default(0),
});

export const listPostsQuerySchema = pageQuery.extend({
  status: z.union([postStatusSchema, z.array(postStatusSchema).max(POST_STATUSES.length)]).optional(),
  channel: idSchema.optional(),
  author: idSchema.optional(),
  tag: z.string().max(CONTENT_LIMITS.tagMax).optional(),
  campaignId: idSchema.optional(),
  /** Where it stands in review. */
  approval: z.enum(APPROVAL_STATUSES).optional(),
});
export type ListPostsQuery = z.output<typeof listPostsQuerySchema>;
export const exportPostsQuerySchema = listPostsQuerySchema.omit({ cursor: true, limit: true });
