import { z } from 'zod';
import type { PlatformId } from '@/features/platforms/schema';

/**
 * What a person may choose per post on each network: one schema for form, API, import and provider. Unknown keys are refused,
 * so a typing mistake never turns into a silent default. `chooses: 'target'` marks a setting that names one of the channel's
 * targets, `chooses: 'label'` one that names a label of the target chosen by `of`: forms offer what there is.
 */

const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'is not a language tag such as "en" or "pt-BR"');
const none = z.strictObject({});

export const xSettings = z.strictObject({
  /** Who may reply. @see https://docs.x.com/x-api/posts/create-post */
  replySettings: z.enum(['everyone', 'following', 'mentionedUsers', 'subscribers']).default('everyone'),
});

export const blueskySettings = z.strictObject({
  languages: z.array(language).max(3).optional(),
});

export const mastodonSettings = z.strictObject({
  visibility: z.enum(['public', 'unlisted', 'private']).default('public'),
  sensitive: z.boolean().default(false),
  /** Content warning shown before the text; it counts towards the limit. */
  spoilerText: z.string().max(500).optional(),
  language: language.optional(),
});

export const facebookSettings = z.strictObject({ format: z.enum(['feed', 'reel']).default('feed') });

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post (2026-11-21) */
export const tiktokSettings = z
  .strictObject({
    /** Nothing chosen = the widest audience that the account allows. */
    privacy: z.enum(['everyone', 'followers', 'friends', 'self']).optional(),
    allowComments: z.boolean().default(true),
    allowDuet: z.boolean().default(false),
    allowStitch: z.boolean().default(false),
    /** Paid partnership. */
    brandedContent: z.boolean().default(false),
    /** Promotes the creator's own business. */
    ownBrand: z.boolean().default(false),
    aiGenerated: z.boolean().default(false),
    /** Pictures only: TikTok adds music. */
    addMusic: z.boolean().default(false),
  })
  .refine(({ brandedContent, privacy }) => !(brandedContent && privacy === 'self'), {
    path: ['privacy'],
    message: 'Branded content cannot be private. Choose another audience.',
  });

export const youtubeSettings = z.strictObject({
  privacy: z.enum(['everyone', 'link', 'self']).default('everyone'),
  /** "People & Blogs". @see https://developers.google.com/youtube/v3/docs/videoCategories/list */
  categoryId: z
    .string()
    .regex(/^\d{1,3}$/, 'is not the number of a category')
    .default('22'),
  /** Every upload must say whether it is made for children. */
  madeForKids: z.boolean().default(false),
  /** Realistic content that was altered or made by AI must be marked. */
  syntheticMedia: z.boolean().default(false),
  language: language.optional(),
});

export const pinterestSettings = z.strictObject({
  /** Id of the board; the channel's targets list them. */
  boardId: z
    .string({ error: 'Choose the board that this pin goes to.' })
    .regex(/^\d+$/, 'is not the id of a board')
    .meta({ chooses: 'target' }),
});

export const redditSettings = z.strictObject({
  /** Name without `r/`; `u_name` is one's own profile. The channel's targets list them. */
  subreddit: z
    .string({ error: 'Choose the subreddit that this post goes to.' })
    .regex(/^[A-Za-z0-9_-]{2,30}$/, 'is a name such as "gardening", without r/')
    .meta({ chooses: 'target' }),
  /** Id of a flair template; a target lists its own. */
  flairId: z.string().max(100).meta({ chooses: 'label', of: 'subreddit' }).optional(),
  /** Where the template lets its text be changed. */
  flairText: z.string().max(64).optional(),
  nsfw: z.boolean().default(false),
  spoiler: z.boolean().default(false),
  sendReplies: z.boolean().default(true),
});

export const sandboxSettings = z.strictObject({
  visibility: z.enum(['public', 'hidden']).default('public'),
});

export const SETTINGS_SCHEMAS = {
  x: xSettings,
  facebook: facebookSettings,
  instagram: none,
  threads: none,
  linkedin: none,
  tiktok: tiktokSettings,
  youtube: youtubeSettings,
  pinterest: pinterestSettings,
  reddit: redditSettings,
  bluesky: blueskySettings,
  mastodon: mastodonSettings,
  sandbox: sandboxSettings,
} as const satisfies Record<PlatformId, z.ZodType>;

export type SettingsOf<P extends PlatformId> = z.output<(typeof SETTINGS_SCHEMAS)[P]>;
