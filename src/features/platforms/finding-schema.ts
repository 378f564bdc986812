import { z } from 'zod';

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
  'video_codec_not_allowed',
  'audio_codec_not_allowed',
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
