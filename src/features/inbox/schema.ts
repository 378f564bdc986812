import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { type DocOf, defineModel } from '@/core/db/model';
import { platformIdSchema } from '@/features/platforms/schema';

/** The inbox: what people wrote to the organisation's channels, and what it answered. */

/**
 * `sending`: on its way. `unconfirmed`: the network did not say whether it is out, and a person looks. `failed`: it is not out.
 */
export const replyStatusSchema = z.enum(['sending', 'sent', 'failed', 'unconfirmed']);

const replySchema = z.object({
  id: z.string(),
  text: z.string(),
  byUserId: z.string(),
  byName: z.string(),
  status: replyStatusSchema,
  createdAt: z.date(),
  permalink: z.string().nullable(),
  /** For people: why it is not out. */
  error: z.string().nullable(),
});
export type Reply = z.output<typeof replySchema>;

export const itemStatusSchema = z.enum(['open', 'done']);

export const inboxItemModel = defineModel('inbox_items', {
  organizationId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  sandbox: z.boolean(),
  kind: z.enum(['comment', 'mention']),
  /** As its network names it. */
  remoteId: z.string(),
  /** The post it stands under, as the network names it. */
  remotePostId: z.string().nullable(),
  author: z.object({
    id: z.string(),
    handle: z.string(),
    displayName: z.string(),
    avatarUrl: z.string().nullable(),
  }),
  text: z.string(),
  permalink: z.string().nullable(),
  receivedAt: z.date(),
  status: itemStatusSchema,
  assigneeId: z.string().nullable(),
  replies: z.array(replySchema),
  /** While a reply is on its way: when it must have come back. */
  sendingUntil: z.date().nullable(),
  /** What an answer needs beyond the id. */
  extra: z.record(z.string(), z.string()),
});
export type InboxItemDoc = DocOf<typeof inboxItemModel>;

/**
 * Why a channel's inbox is not read. `none`: its network gives comments of this kind of account to nobody. `permission`: it was
 * connected without reading them. `reconnect`: its sign-in ended. `failing`: its network fails again and again.
 */
export const channelTroubleSchema = z.enum(['none', 'permission', 'reconnect', 'failing']);
export type ChannelTrouble = z.output<typeof channelTroubleSchema>;

/** When each channel is asked next. Server only. */
export const inboxChannelModel = defineModel('inbox_channels', {
  organizationId: z.string(),
  platform: platformIdSchema,
  /** What is older was seen. */
  since: z.date(),
  nextPollAt: z.date(),
  lastPolledAt: z.date().nullable(),
  failures: z.int().nonnegative(),
  trouble: channelTroubleSchema.nullable().default(null),
});

export const REPLY_MAX = 5_000;
/** Answers to one comment; a conversation that is longer goes on at the network. */
export const REPLIES_MAX = 20;

// API ------------------------------------------------------------------------------------------------------------------

export const inboxItemSchema = inboxItemModel.schema.omit({ extra: true });
export type InboxItemView = z.output<typeof inboxItemSchema>;
export const inboxItemParams = z.object({ id: z.string().min(1).max(300) });
export const replyParams = z.object({ id: z.string().min(1).max(300), replyId: z.string().min(1).max(100) });
export const listInboxQuery = pageQuery.extend({ status: itemStatusSchema.default('open') });
export type ListInboxQuery = z.output<typeof listInboxQuery>;

export const changeItemBody = z
  .strictObject({
    status: itemStatusSchema.optional(),
    /** A member of the organisation; null for nobody. */
    assigneeId: z.string().min(1).max(128).nullable().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Say what changes.');
export type ChangeItem = z.output<typeof changeItemBody>;

export const replyBody = z.strictObject({
  text: z.string().trim().min(1, 'Write an answer.').max(REPLY_MAX),
});
/** `sent`: it is out. `absent`: it is not; with `resend` it is sent again. */
export const resolveReplyBody = z.strictObject({
  outcome: z.enum(['sent', 'absent']),
  resend: z.boolean().default(false),
});
export type ResolveReply = z.output<typeof resolveReplyBody>;
export const refreshAnswer = z.object({
  asked: z.int(),
  fresh: z.int(),
  /** Channels whose inbox is not read now, and why. */
  unread: z.array(
    z.object({ connectionId: z.string(), platform: platformIdSchema, trouble: channelTroubleSchema }),
  ),
});
export type RefreshAnswer = z.output<typeof refreshAnswer>;
