import { z } from 'zod';

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
  caps: z.array(capStateSchema).max(20).optional(),
  /** ISO instant of the reading. */
  readAt: z.iso.datetime().optional(),
});
export type LiveLimits = z.infer<typeof liveLimitsSchema>;

// Connection -----------------------------------------------------------------------------------------------------------

/** What a person sets on a channel, for every network alike. Network-specific settings belong to a variant (see rules). */
export const channelSettingsSchema = z.strictObject({
  /** Text appended to every post before counting. */
  signature: z.string().max(500).optional(),
  /** Send again without asking when the network cannot say whether a post is out. Off unless a person turns it on. */
  automaticResend: z.boolean().default(false),
  requiresApproval: z.boolean().default(false),
  /** Commits in flight at once for this account. */
  concurrentCommits: z.number().int().min(1).max(10).default(1),
  /** X: a paid subscription allows longer posts; used where the API does not report it. */
  longPosts: z.boolean().default(false),
  defaultLanguage: z.string().max(35).optional(),
  /** Sandbox only: how the network answers after a lost commit, so that every reconcile mode can be exercised. */
  sandboxReconcile: z.enum(['exact', 'eventual', 'none']).optional(),
});
export type ChannelSettings = z.infer<typeof channelSettingsSchema>;

export const connectionSchema = z.object({
  id: z.string(),
  organizationId: z.string(),
  platform: platformIdSchema,
  /** The network's own stable id of the account (X user id, DID, `acct` id). */
  accountId: z.string().max(300),
  handle: z.string().max(300),
  displayName: z.string().max(300),
  avatarUrl: z.url().max(2000).optional(),
  profileUrl: z.url().max(2000).optional(),
  /** Server of a federated network: `https://mastodon.social`, the PDS of a Bluesky account. */
  baseUrl: z.url().max(500).optional(),
  scopes: z.array(z.string().max(200)).max(60),
  health: channelHealthSchema,
  /** Why health is not `healthy`, in plain English, and what to do. */
  healthReason: z.string().max(500).optional(),
  /** When the access token ends; absent = it does not expire. */
  tokenExpiresAt: z.date().optional(),
  /** When the whole grant ends unless a person reconnects; absent = renewable without end. */
  grantExpiresAt: z.date().optional(),
  refreshable: z.boolean(),
  credentialId: z.string(),
  /** Rises with each stored token; a writer that read an older one loses. */
  tokenVersion: z.number().int().nonnegative(),
  settings: channelSettingsSchema,
  limits: liveLimitsSchema.optional(),
  connectedBy: z.string(),
  lastCheckedAt: z.date().optional(),
  /** Sandbox channels wear the tag wherever they appear. */
  sandbox: z.boolean(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
export type Connection = z.infer<typeof connectionSchema>;

/** A page, organisation or board that the account may post to. */
export const targetSchema = z.object({
  id: z.string().max(300),
  kind: z.enum(['profile', 'page', 'organization', 'board', 'community', 'channel']),
  name: z.string().max(300),
  avatarUrl: z.url().max(2000).optional(),
});
export type Target = z.infer<typeof targetSchema>;

// Content to be checked and sent ---------------------------------------------------------------------------------------

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
  pages: z.number().int().positive().optional(),
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

// Findings and counts --------------------------------------------------------------------------------------------------

export const FINDING_CODES = [
  'text_required',
  'text_too_long',
  'text_forbidden_characters',
  'title_required',
  'title_too_long',
  'link_too_long',
  'too_many_links',
  'too_many_hashtags',
  'too_many_mentions',
  'tags_too_long',
  'media_required',
  'too_many_media',
  'too_few_media',
  'media_mix_not_allowed',
  'media_kind_not_allowed',
  'media_type_not_allowed',
  'media_too_large',
  'media_too_small',
  'image_too_many_pixels',
  'media_ratio_not_allowed',
  'media_ratio_mismatch',
  'video_too_short',
  'video_too_long',
  'video_frame_rate',
  'document_too_long',
  'alt_text_missing',
  'alt_text_too_long',
  'thread_not_supported',
  'thread_too_long',
  'comment_not_supported',
  'comment_too_long',
  'settings_invalid',
  'cap_exceeded',
  'token_expires_before_due',
  'needs_reauth',
  'similar_recent_post',
  'run_too_close',
  'slot_taken',
  'platform_unavailable',
  'visibility_limited',
] as const;
export const findingCodeSchema = z.enum(FINDING_CODES);
export type FindingCode = z.infer<typeof findingCodeSchema>;

/** One broken or doubtful rule. Errors block scheduling; warnings are shown. */
export const findingSchema = z.object({
  code: findingCodeSchema,
  severity: z.enum(['error', 'warning']),
  /** Dotted, from the variant: `text`, `media.2`, `thread.1.text`, `settings.visibility`. */
  path: z.string(),
  connectionId: z.string().optional(),
  /** Plain English: what is wrong. */
  message: z.string(),
  actual: z.union([z.number(), z.string()]).optional(),
  limit: z.union([z.number(), z.string()]).optional(),
  /** Plain English: what to do about it. */
  fix: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** Counts of one text. `used` and `max` are in the unit that binds on that network. */
export const countsSchema = z.object({
  weighted: z.number().int().optional(),
  graphemes: z.number().int().optional(),
  bytes: z.number().int().optional(),
  characters: z.number().int(),
  unit: z.enum(['weighted', 'graphemes', 'bytes', 'characters']),
  used: z.number().int(),
  max: z.number().int(),
});
export type Counts = z.infer<typeof countsSchema>;

// API ------------------------------------------------------------------------------------------------------------------

export const connectRequestSchema = z.strictObject({
  platform: platformIdSchema,
  /** Mastodon instance or Bluesky PDS. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  handle: z.string().trim().min(1).max(300).optional(),
  /** Bluesky app password. Stored encrypted, never returned. */
  appPassword: z.string().min(1).max(200).optional(),
  /** Path inside IriSync to return to after the network's consent page. */
  redirectTo: z.string().max(500).optional(),
});
export type ConnectRequest = z.infer<typeof connectRequestSchema>;
