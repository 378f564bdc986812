import { z } from 'zod';
import { type DocOf, defineModel } from '@/core/db/model';

/** What the sandbox network knows. Its own world: nothing here is a channel, run or post of IriSync. */

/** Where a fault strikes. `commit` is the call that makes a post public. */
export const FAULT_POINTS = ['commit', 'upload', 'token', 'read'] as const;
export const FAULT_KINDS = [
  'rate_limit',
  'server_error',
  'timeout',
  'reset_before',
  'accept_then_reset',
  'accept_late',
  'reject',
  'malformed_body',
  'unauthorized',
] as const;
export const faultSchema = z.strictObject({
  on: z.enum(FAULT_POINTS),
  kind: z.enum(FAULT_KINDS),
  /** How many calls it still hits. */
  remaining: z.int().min(1).max(10_000),
  /** For `rate_limit`; absent = no `Retry-After` header. */
  retryAfterSeconds: z.int().min(0).max(86_400).optional(),
  /** For `timeout` and `accept_late`: how long. */
  delayMs: z.int().min(0).max(120_000).optional(),
});
export type Fault = z.infer<typeof faultSchema>;
export type FaultPoint = Fault['on'];

export const HANDLE_PATTERN = /^[a-z0-9_]{2,30}$/;
export const sandboxHandle = z
  .string()
  .trim()
  .toLowerCase()
  .regex(HANDLE_PATTERN, 'Use 2 to 30 letters, digits or underscores.');

export const accountShape = {
  handle: sandboxHandle,
  displayName: z.string().max(100),
  ownerUserId: z.string(),
  faults: z.array(faultSchema).max(20),
  /** Posts allowed per hour; null = unlimited. */
  postsPerHour: z.int().min(1).nullable(),
};

/** One permission given to one client: its current tokens, hashed. */
export const grantShape = {
  accountId: z.string(),
  scopes: z.array(z.string()),
  /** Set until the code is exchanged. */
  codeHash: z.string().nullable(),
  codeExpiresAt: z.date().nullable(),
  redirectUri: z.string(),
  codeChallenge: z.string(),
  accessHash: z.string().nullable(),
  accessExpiresAt: z.date().nullable(),
  refreshHash: z.string().nullable(),
  revoked: z.boolean(),
};

export const mediaShape = {
  accountId: z.string(),
  mime: z.string().max(120),
  bytes: z.int().nonnegative(),
  altText: z.string().max(1_000),
  sha256: z.string(),
  chunks: z.int().nonnegative(),
  /** Videos take a moment, as at real networks. */
  readyAt: z.date(),
};

export const postShape = {
  accountId: z.string(),
  handle: z.string(),
  displayName: z.string(),
  text: z.string().max(500),
  title: z.string().max(100).nullable(),
  mediaIds: z.array(z.string()).max(4),
  replyTo: z.string().nullable(),
  /** Whose post it answers; null for a first post. */
  parentAccountId: z.string().nullable().default(null),
  /** Accounts that find it in their inbox: whose post it answers, and who is named in it. */
  notifies: z.array(z.string()).default([]),
  /** The first post of the thread; its own id for a first post. */
  rootId: z.string(),
  clientKey: z.string().nullable(),
  visibility: z.enum(['public', 'hidden']),
  postedAt: z.date(),
  /** Posts with a video are worked on for a moment after they were accepted. */
  visibleAt: z.date(),
  editedAt: z.date().nullable(),
  deletedAt: z.date().nullable(),
};

export const accountModel = defineModel('sandbox_accounts', accountShape);
export const grantModel = defineModel('sandbox_grants', grantShape);
export const mediaModel = defineModel('sandbox_media', mediaShape);
export const chunkModel = defineModel('sandbox_chunks', { mediaId: z.string(), data: z.string() });
export const postModel = defineModel('sandbox_posts', postShape);

type Plain<M> = Omit<DocOf<M>, 'createdAt' | 'updatedAt'>;
export type SandboxAccount = Plain<typeof accountModel>;
export type SandboxGrant = Plain<typeof grantModel>;
export type SandboxMedia = Plain<typeof mediaModel>;
export type SandboxPost = Plain<typeof postModel>;

// What pages and their API exchange --------------------------------------------------------------------------------------

export const consentRequest = z.strictObject({
  handle: sandboxHandle,
  clientId: z.string().max(100),
  redirectUri: z.url().max(500),
  state: z.string().min(16).max(500),
  scope: z.string().max(500),
  codeChallenge: z.string().min(43).max(128),
  decision: z.enum(['allow', 'deny']),
});
export type ConsentRequest = z.infer<typeof consentRequest>;

export const feedPost = z.object({
  id: z.string(),
  handle: z.string(),
  displayName: z.string(),
  text: z.string(),
  title: z.string().nullable(),
  media: z.array(z.object({ id: z.string(), mime: z.string(), altText: z.string(), url: z.string() })),
  replyTo: z.string().nullable(),
  rootId: z.string(),
  postedAt: z.iso.datetime(),
  edited: z.boolean(),
  metrics: z.object({ likes: z.int(), comments: z.int(), shares: z.int(), impressions: z.int() }),
});
export type FeedPost = z.infer<typeof feedPost>;

/** What a visitor of the feed writes under a post. */
export const visitorComment = z.strictObject({
  postId: z.string().min(1).max(100),
  name: z.string().trim().min(1, 'Give yourself a name.').max(60),
  text: z.string().trim().min(1, 'Write something.').max(500),
});
export type VisitorComment = z.infer<typeof visitorComment>;
export const commentAnswer = z.object({ id: z.string() });

export const feedAnswer = z.object({
  sandbox: z.literal(true),
  items: z.array(feedPost),
  cursor: z.string().nullable(),
});

export const switchesRequest = z.strictObject({
  handle: sandboxHandle,
  faults: z.array(faultSchema).max(20),
  postsPerHour: z.int().min(1).max(10_000).nullable().optional(),
  /** Ends every permission, as if the person had removed the app in their account. */
  revokeGrants: z.boolean().optional(),
});
export type SwitchesRequest = z.infer<typeof switchesRequest>;

export const switchesAnswer = z.object({
  handle: z.string(),
  faults: z.array(faultSchema),
  postsPerHour: z.int().nullable(),
});
