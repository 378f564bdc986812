import { z } from 'zod';
import { type DocOf, defineModel } from '@/core/db/model';

/**
 * The words of social channels: networks, connections, health, findings, counts. Isomorphic: browser, API, worker and tests
 * read the same file. Nothing here is secret; tokens live in `credentials` and never in these shapes.
 */

export const PLATFORM_IDS = [
  'x',
  'facebook',
  'instagram',
  'threads',
  'linkedin',
  'tiktok',
  'youtube',
  'pinterest',
  'reddit',
  'bluesky',
  'mastodon',
  'sandbox',
] as const;
export const platformIdSchema = z.enum(PLATFORM_IDS);
export type PlatformId = z.infer<typeof platformIdSchema>;

export const MEDIA_KINDS = ['image', 'gif', 'video', 'document'] as const;
export const mediaKindSchema = z.enum(MEDIA_KINDS);
export type MediaKind = z.infer<typeof mediaKindSchema>;

/** Canonical metric names. A network that does not report one says `null`, never 0. */
export const METRIC_NAMES = [
  'impressions',
  'reach',
  'views',
  'likes',
  'comments',
  'shares',
  'saves',
  'clicks',
  'followers',
  'watchTimeSeconds',
] as const;
export const metricNameSchema = z.enum(METRIC_NAMES);
export type MetricName = z.infer<typeof metricNameSchema>;
export const metricsSchema = z.record(metricNameSchema, z.number().nonnegative().nullable());
export type Metrics = z.infer<typeof metricsSchema>;

// Health of a connection -----------------------------------------------------------------------------------------------

/**
 * `healthy` → works. `expiring` → works, ends soon and cannot renew itself. `refresh_failing` → works, the last renewal
 * failed for a passing reason. `needs_reauth` → the network refuses the grant; a person must reconnect. `disabled` →
 * disconnected or switched off by a person.
 */
export const CHANNEL_HEALTH = ['healthy', 'expiring', 'refresh_failing', 'needs_reauth', 'disabled'] as const;
export const channelHealthSchema = z.enum(CHANNEL_HEALTH);
export type ChannelHealth = z.infer<typeof channelHealthSchema>;

/** Health states in which a post may be sent. */
export const PUBLISHABLE_HEALTH: ReadonlySet<ChannelHealth> = new Set([
  'healthy',
  'expiring',
  'refresh_failing',
]);

// Live limits ----------------------------------------------------------------------------------------------------------

/** A counted allowance of the network: posts per day, uploads per hour. */
export const capStateSchema = z.object({
  name: z.string().max(80),
  scope: z.enum(['account', 'app']),
  limit: z.number().int().nonnegative(),
  remaining: z.number().int().nonnegative(),
  /** ISO instant at which `remaining` returns to `limit`. */
  resetsAt: z.iso.datetime(),
});
export type CapState = z.infer<typeof capStateSchema>;

/** What the network itself told us; a live value beats the rules table. Absent = not reported. */
export const liveLimitsSchema = z.object({
  /** In the unit in which the network counts its text (see the network's rules). */
  textMax: z.number().int().positive().optional(),
  urlLength: z.number().int().positive().optional(),
  mediaMax: z.number().int().nonnegative().optional(),
  altTextMax: z.number().int().positive().optional(),
  imageBytesMax: z.number().int().positive().optional(),
  imagePixelsMax: z.number().int().positive().optional(),
  videoBytesMax: z.number().int().positive().optional(),
  videoSecondsMax: z.number().positive().optional(),
  mimeTypes: z.array(z.string().max(120)).max(100).optional(),
  /** Audiences the account may choose now, as the network's settings name them. */
  visibilities: z.array(z.string().max(80)).max(20).optional(),
  caps: z.array(capStateSchema).max(20).optional(),
  /** A request that is sent again under the same `Idempotency-Key` is answered, not carried out again. */
  idempotencyKeys: z.boolean().optional(),
  /** ISO instant of the reading. */
  readAt: z.iso.datetime().optional(),
});
export type LiveLimits = z.infer<typeof liveLimitsSchema>;

// Connection -----------------------------------------------------------------------------------------------------------

const utmTemplate = z
  .string()
  .trim()
  .max(100)
  .regex(/^[^\p{C}]*$/u, 'Leave out line breaks.');

/** What is done to the links of a channel's posts. Templates may say `{{campaign}}`, `{{channel}}`, `{{network}}`, `{{post}}`. */
export const SHORTENERS = ['off', 'built_in', 'bitly'] as const;
export const linkSettingsSchema = z.strictObject({
  shortener: z.enum(SHORTENERS).default('off'),
  utm: z
    .strictObject({
      source: utmTemplate.optional(),
      medium: utmTemplate.optional(),
      campaign: utmTemplate.optional(),
    })
    .optional(),
});

/** What a person sets on a channel, for every network alike. Network-specific settings belong to a variant (see rules). */
export const channelSettingsSchema = z.strictObject({
  /** Text appended to every post before counting. */
  signature: z.string().max(500).optional(),
  /** Send again without asking when the network cannot say whether a post is out. Off unless a person turns it on. */
  automaticResend: z.boolean().default(false),
  /** Posts wait until somebody who may approve has approved them. */
  requiresApproval: z.boolean().default(false),
  /** Members who may publish here without approval all the same. */
  approvalExempt: z.array(z.string().min(1).max(200)).max(100).default([]),
  /** Commits in flight at once for this account. */
  concurrentCommits: z.number().int().min(1).max(10).default(1),
  /** X: a paid subscription allows longer posts; used where the API does not report it. */
  longPosts: z.boolean().default(false),
  defaultLanguage: z.string().max(35).optional(),
  links: linkSettingsSchema.optional(),
  /** Sandbox only: how the network answers after a lost commit, so that every reconcile mode can be exercised. */
  sandboxReconcile: z.enum(['exact', 'eventual', 'none']).optional(),
});
export type ChannelSettings = z.infer<typeof channelSettingsSchema>;

const optionalUrl = z.url().max(2000).nullable();

/** One connected account. Readable by every member of the organisation; holds no secret. */
export const connectionModel = defineModel('platform_connections', {
  organizationId: z.string(),
  platform: platformIdSchema,
  /** The network's own stable id of the account (X user id, DID). */
  accountId: z.string().max(300),
  handle: z.string().max(300),
  displayName: z.string().max(300),
  avatarUrl: optionalUrl,
  profileUrl: optionalUrl,
  /** Server of a federated network: `https://mastodon.social`, the data server of a Bluesky account. */
  baseUrl: optionalUrl,
  scopes: z.array(z.string().max(200)).max(60),
  /** False once disconnected. The document stays, because posts refer to it and reconnecting takes it up again. */
  active: z.boolean(),
  health: channelHealthSchema,
  /** Why health is not `healthy`, in plain English, and what to do. */
  healthReason: z.string().max(500).nullable(),
  /** When the access token ends; null = it does not expire. */
  tokenExpiresAt: z.date().nullable(),
  /** When the whole grant ends unless a person reconnects; null = renewable without end. */
  grantExpiresAt: z.date().nullable(),
  refreshable: z.boolean(),
  /** Rises with each stored token; a writer that read an older one loses. */
  tokenVersion: z.int().nonnegative(),
  /** When the maintenance job looks at it next. */
  nextCheckAt: z.date(),
  /** Days before the end that a warning was sent for; null = none yet. */
  warnedDays: z.int().nullable(),
  settings: channelSettingsSchema,
  limits: liveLimitsSchema,
  connectedBy: z.string(),
  /** Sandbox channels wear the tag wherever they appear. */
  sandbox: z.boolean(),
});
export type Connection = DocOf<typeof connectionModel>;

/** A page, organisation or board that the account may post to. */
export const targetSchema = z.object({
  id: z.string().max(300),
  kind: z.enum(['profile', 'page', 'organization', 'board', 'community', 'channel']),
  name: z.string().max(300),
  avatarUrl: z.url().max(2000).optional(),
  /** What it asks of posts, in its own words. Only where one target is asked for. */
  rules: z.array(z.string().max(500)).max(50).optional(),
  /** Labels that posts there may or must carry (flairs). Only where one target is asked for. */
  labels: z
    .array(z.object({ id: z.string().max(200), name: z.string().max(300) }))
    .max(200)
    .optional(),
});
export type Target = z.infer<typeof targetSchema>;

// Content to be checked and sent ---------------------------------------------------------------------------------------

/** How pictures and sound of a video are coded; `other` is one we have no name for. */
export const VIDEO_CODECS = ['h264', 'hevc', 'vp8', 'vp9', 'av1', 'prores', 'other'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];
export const AUDIO_CODECS = [
  'aac',
  'he_aac',
  'opus',
  'vorbis',
  'mp3',
  'flac',
  'pcm',
  'ac3',
  'other',
] as const;
export type AudioCodec = (typeof AUDIO_CODECS)[number];

/** Facts about one file, enough to check it without opening it. */
export const mediaFactsSchema = z.object({
  id: z.string().max(200),
  kind: mediaKindSchema,
  mime: z.string().max(120),
  bytes: z.number().int().nonnegative(),
  width: z.number().int().positive().optional(),
  height: z.number().int().positive().optional(),
  durationSeconds: z.number().nonnegative().optional(),
  framesPerSecond: z.number().positive().optional(),
  videoCodec: z.enum(VIDEO_CODECS).optional(),
  /** Absent where there is no sound. */
  audioCodec: z.enum(AUDIO_CODECS).optional(),
  pages: z.number().int().positive().optional(),
  /** What a document calls itself. */
  title: z.string().max(1000).optional(),
  altText: z.string().max(5000).optional(),
});
export type MediaFacts = z.infer<typeof mediaFactsSchema>;

/** One part of a post: the root, a later thread part, or the first comment. */
export const postPartSchema = z.object({
  text: z.string().max(200_000),
  media: z.array(mediaFactsSchema).max(50).default([]),
});
export type PostPart = z.infer<typeof postPartSchema>;

/** What one channel would get, after inheritance from the master, signature, UTM and short links. */
export const variantSchema = postPartSchema.extend({
  title: z.string().max(1000).optional(),
  link: z.url().max(4000).optional(),
  tags: z.array(z.string().max(200)).max(100).optional(),
  thread: z.array(postPartSchema).max(50).optional(),
  firstComment: z.string().max(20_000).optional(),
  /** Parsed by the network's own settings schema (see `rules/`). */
  settings: z.record(z.string(), z.unknown()).optional(),
});
export type Variant = z.infer<typeof variantSchema>;

// API ------------------------------------------------------------------------------------------------------------------

/** A path inside IriSync, never another site: `//evil.example` and `/\\evil.example` are other sites to a browser. */
const internalPath = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])[^\s\\]*$/, 'Use a path inside IriSync, such as /channels.');

export const connectRequestSchema = z.strictObject({
  platform: platformIdSchema,
  /** Mastodon instance or Bluesky data server. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  handle: z.string().trim().min(1).max(300).optional(),
  /** Bluesky app password. Used once, never stored, never returned. */
  appPassword: z.string().min(1).max(200).optional(),
  /** Where to go after the network's consent page. */
  redirectTo: internalPath.optional(),
});
export type ConnectRequest = z.infer<typeof connectRequestSchema>;

/** A connection as the API shows it: dates as text, nothing internal. */
export const accountViewSchema = z.object({
  id: z.string(),
  platform: platformIdSchema,
  accountId: z.string(),
  handle: z.string(),
  displayName: z.string(),
  avatarUrl: z.string().nullable(),
  profileUrl: z.string().nullable(),
  baseUrl: z.string().nullable(),
  scopes: z.array(z.string()),
  health: channelHealthSchema,
  healthReason: z.string().nullable(),
  tokenExpiresAt: z.iso.datetime().nullable(),
  settings: channelSettingsSchema,
  limits: liveLimitsSchema,
  sandbox: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type AccountView = z.infer<typeof accountViewSchema>;

/** A network as it can or cannot be connected here. */
export const platformViewSchema = z.object({
  platform: platformIdSchema,
  name: z.string(),
  /** This version can connect it. */
  available: z.boolean(),
  /** The operator has given what it needs. */
  configured: z.boolean(),
  /** Names of missing settings. */
  missing: z.array(z.string()),
  /** How to configure it, in plain English; null when it is. */
  how: z.string().nullable(),
  connect: z.enum(['oauth', 'oauth_with_server', 'app_password']).nullable(),
  sandbox: z.boolean(),
});
export type PlatformView = z.infer<typeof platformViewSchema>;

export const connectAnswerSchema = z.union([
  z.object({ account: accountViewSchema }),
  z.object({ authorizationUrl: z.url() }),
]);
export const accountListSchema = z.object({
  items: z.array(accountViewSchema),
  cursor: z.string().nullable(),
  platforms: z.array(platformViewSchema),
});
export const targetListSchema = z.object({ items: z.array(targetSchema), cursor: z.null() });

/** What one consent reached, for the person to choose from. */
export const targetChoiceSchema = z.object({
  platform: platformIdSchema,
  items: z.array(
    targetSchema.extend({
      handle: z.string().max(300),
      /** It is a channel here already; choosing it renews its sign-in. */
      connected: z.boolean(),
    }),
  ),
});
export type TargetChoice = z.infer<typeof targetChoiceSchema>;
export const takeTargetsSchema = z.strictObject({ targetIds: z.array(z.string().max(300)).min(1).max(100) });
export const takenTargetsSchema = z.object({ items: z.array(accountViewSchema), cursor: z.null() });

/** Only what is sent changes. */
export const settingsPatchSchema = z.strictObject({
  signature: z.string().max(500).optional(),
  automaticResend: z.boolean().optional(),
  requiresApproval: z.boolean().optional(),
  approvalExempt: z.array(z.string().min(1).max(200)).max(100).optional(),
  concurrentCommits: z.number().int().min(1).max(10).optional(),
  longPosts: z.boolean().optional(),
  defaultLanguage: z.string().max(35).optional(),
  links: linkSettingsSchema.optional(),
  sandboxReconcile: z.enum(['exact', 'eventual', 'none']).optional(),
});
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;

export const callbackQuerySchema = z.object({
  state: z.string().max(500).optional(),
  code: z.string().max(4000).optional(),
  error: z.string().max(300).optional(),
});
export type CallbackQuery = z.infer<typeof callbackQuerySchema>;
