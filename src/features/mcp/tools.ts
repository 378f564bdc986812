import { z } from 'zod';
import { pageOf } from '@/core/db/cursor';
import {
  postDetailSchema,
  postSchema,
  publishAnswerSchema,
  savedPostSchema,
  validateAnswerSchema,
} from '@/features/content/answer-schema';
import { storedMediaSchema } from '@/features/content/media-schema';
import {
  createPostRequestSchema,
  idSchema,
  listPostsQuerySchema,
  scheduleRequestSchema,
  tagsSchema,
  updatePostRequestSchema,
  validateRequestSchema,
} from '@/features/content/schema';
import { dashboardQuerySchema, performanceSchema } from '@/features/dashboard/schema';
import { accountViewSchema, liveLimitsSchema } from '@/features/platforms/schema';
import { calendarAnswerSchema, calendarQuerySchema } from '@/features/publishing/calendar/schema';
import { resolveRequestSchema, runViewSchema } from '@/features/publishing/schema';
import { nextSlotSchema } from '@/features/publishing/slots/schema';
import { defineTool, type Tool } from './tool';

/** Shown to models with each tool that changes something. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'Use 1 to 255 printable characters without spaces.')
  .optional()
  .describe('Repeat a call safely: the same key and input run once and give the same answer.');

const postId = idSchema.describe('Id of the post.');
const version = z
  .int()
  .positive()
  .describe('The version you read with get_post. A stale one is refused, so that nobody’s change is lost.');

const channelSchema = accountViewSchema.pick({
  id: true,
  platform: true,
  handle: true,
  displayName: true,
  health: true,
  healthReason: true,
  sandbox: true,
});

const reading: readonly Tool[] = [
  defineTool({
    name: 'list_channels',
    title: 'List channels',
    description: 'The social channels you may post to. Use an id as connectionId in other tools.',
    permission: 'channels.read',
    rateClass: 'read',
    input: z.strictObject({}),
    output: z.object({ items: z.array(channelSchema) }),
    run: (_, { actor, services }) => services.channels.list(actor),
  }),
  defineTool({
    name: 'get_limits',
    title: 'Limits of a channel',
    description:
      'What the network allows on this channel right now: length of text, number and size of files, caps.',
    permission: 'channels.read',
    rateClass: 'read',
    input: z.strictObject({ connectionId: idSchema }),
    output: z.object({ connectionId: z.string(), platform: z.string(), limits: liveLimitsSchema }),
    async run({ connectionId }, { actor, services }) {
      const { platform, limits } = await services.channels.get(actor, connectionId);
      return { connectionId, platform, limits };
    },
  }),
  defineTool({
    name: 'validate_post',
    title: 'Check a post',
    description:
      'Checks text and media against the rules of each network, as publishing will. Nothing is stored. A channel may name a platform in place of a connectionId.',
    permission: 'content.read',
    rateClass: 'read',
    input: validateRequestSchema,
    output: validateAnswerSchema,
    run: (input, { actor, services }) => services.posts.validate(actor.organizationId, input),
  }),
  defineTool({
    name: 'get_post',
    title: 'Read a post',
    description: 'A post with its version, the state of each channel, every attempt, and its numbers.',
    permission: 'content.read',
    rateClass: 'read',
    input: z.strictObject({ postId }),
    output: postDetailSchema,
    run: (input, { actor, services }) => services.posts.get(actor, input.postId),
  }),
  defineTool({
    name: 'list_posts',
    title: 'List posts',
    description:
      'Posts, newest first. Filter by status, by review, and by one of channel, campaign and tag. Give the cursor back for the next page.',
    permission: 'content.read',
    rateClass: 'read',
    input: z.strictObject(listPostsQuerySchema.shape),
    output: pageOf(postSchema),
    run: (input, { actor, services }) => services.posts.list(actor, input),
  }),
  defineTool({
    name: 'next_slot',
    title: 'Next free slot',
    description:
      'The next free queue slot of a channel. Null when it has no slots, or when all of them are taken.',
    permission: 'content.read',
    rateClass: 'read',
    input: z.strictObject({ connectionId: idSchema }),
    output: z.object({ slot: nextSlotSchema.nullable() }),
    async run({ connectionId }, { actor, services }) {
      await services.channels.get(actor, connectionId);
      const { next } = await services.slots.list(actor);
      return { slot: next.find((one) => one.connectionId === connectionId) ?? null };
    },
  }),
  defineTool({
    name: 'list_calendar',
    title: 'Calendar',
    description:
      'What is planned and out between two instants, at most 62 days, with queue slots and conflicts. Filter by channel, status, campaign, tag or author.',
    permission: 'content.read',
    rateClass: 'read',
    input: calendarQuerySchema,
    output: calendarAnswerSchema,
    run: (input, { actor, services }) => services.calendar.calendar(actor, input),
  }),
  defineTool({
    name: 'get_analytics',
    title: 'Results',
    description:
      'Results by day and channel, best posts, and days that stand out. A figure no network reported is null.',
    permission: 'analytics.read',
    rateClass: 'read',
    input: dashboardQuerySchema,
    output: performanceSchema,
    run: (input, { actor, services }) => services.analytics.performance(actor, input),
  }),
  defineTool({
    name: 'list_unconfirmed',
    title: 'What nobody knows to be out',
    description:
      'Posts whose network did not answer: they may be out. A person looks, and resolve_unconfirmed records what they saw.',
    permission: 'content.read',
    rateClass: 'read',
    input: z.strictObject({}),
    output: z.object({ items: z.array(runViewSchema) }),
    run: async (_, { actor, services }) => ({ items: await services.runs.unconfirmed(actor.organizationId) }),
  }),
];

const writing: readonly Tool[] = [
  defineTool({
    name: 'create_draft',
    title: 'Write a draft',
    description:
      'Keeps a post as a draft; nothing goes out. Broken rules come back as warnings. Text in master goes to every channel unless its variant says otherwise.',
    permission: 'content.write',
    rateClass: 'write',
    writes: true,
    input: createPostRequestSchema.omit({ schedule: true }),
    output: savedPostSchema,
    run: (input, { actor, services }) =>
      services.posts.create(actor, { ...input, schedule: { mode: 'draft' } }),
  }),
  defineTool({
    name: 'update_post',
    title: 'Change a post',
    description: 'Changes only what you give. A planned post stays planned; what is out does not change.',
    permission: 'content.write',
    rateClass: 'write',
    writes: true,
    input: updatePostRequestSchema.omit({ schedule: true }).extend({ postId, version }),
    output: savedPostSchema,
    run: ({ postId: id, version: read, ...patch }, { actor, services }) =>
      services.posts.update(actor, id, read, patch),
  }),
  defineTool({
    name: 'upload_media_from_url',
    title: 'Add a file from an address',
    description:
      'Fetches a picture, a video or a PDF from a public address into the media library. Use its id in mediaIds.',
    permission: 'media.write',
    rateClass: 'upload',
    writes: true,
    input: z.strictObject({
      url: z.url({ protocol: /^https?$/, error: 'Use a full web address: https://…' }).max(2_000),
      filename: z.string().min(1).max(200).optional(),
      altText: z
        .string()
        .max(5_000)
        .optional()
        .describe('What the picture shows, for people who cannot see it. Of a PDF: its title.'),
      tags: tagsSchema.default([]),
    }),
    output: storedMediaSchema,
    run: (input, { actor, services, signal }) => services.media.fromUrl(actor, input, signal),
  }),
  defineTool({
    name: 'cancel_post',
    title: 'Cancel a planned post',
    description:
      'Takes a planned post back: it is a draft again. Refused once a channel is being sent or is out.',
    permission: 'content.write',
    rateClass: 'write',
    writes: true,
    input: z.strictObject({ postId, version }),
    output: savedPostSchema,
    run: (input, { actor, services }) =>
      services.posts.update(actor, input.postId, input.version, { schedule: { mode: 'draft' } }),
  }),
];

const publishing: readonly Tool[] = [
  defineTool({
    name: 'schedule_post',
    title: 'Plan a post',
    description:
      'Plans a post for a local time in a zone, or for the next free slot. Broken rules are refused with findings.',
    permission: 'content.publish',
    rateClass: 'publish',
    writes: true,
    public: true,
    input: z.strictObject({
      postId,
      version,
      schedule: scheduleRequestSchema
        .refine(({ mode }) => mode !== 'draft' && mode !== 'now', {
          path: ['mode'],
          message: 'Use cancel_post or publish_post for that.',
        })
        .describe(
          'mode at: localTime 2026-03-29T09:00 and zone Europe/Berlin; mode queue: the next free slot of each channel.',
        ),
    }),
    output: savedPostSchema,
    run: ({ postId: id, version: read, schedule }, { actor, services }) =>
      services.posts.update(actor, id, read, { schedule }),
  }),
  defineTool({
    name: 'publish_post',
    title: 'Publish a post now',
    description: 'Sends a post to its channels now, or only to some of them. It reaches the public.',
    permission: 'content.publish',
    rateClass: 'publish',
    writes: true,
    public: true,
    input: z.strictObject({
      postId,
      connectionIds: z.array(idSchema).min(1).max(50).optional(),
      wait: z.int().min(0).max(30).default(0).describe('Seconds to wait until every channel is settled.'),
    }),
    output: publishAnswerSchema,
    run: ({ wait, ...request }, { actor, services, signal }) =>
      services.posts.publish(actor, request, wait, signal),
  }),
  defineTool({
    name: 'resolve_unconfirmed',
    title: 'Say whether a post is out',
    description:
      'Records what a person saw on the network: published with its permalink, absent with resend to send it again, or absent to leave it. Ask the person first: a wrong answer publishes twice or not at all.',
    permission: 'content.publish',
    rateClass: 'publish',
    writes: true,
    public: true,
    input: resolveRequestSchema.safeExtend({ postId, runId: idSchema }),
    output: runViewSchema,
    run({ postId: id, runId, ...answer }, { actor, services }) {
      return services.runs.resolve(actor, id, runId, answer);
    },
  }),
];

/** Every tool, in the order in which models see them. */
export const TOOLS: readonly Tool[] = [...reading, ...writing, ...publishing];
