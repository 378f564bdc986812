import { z } from 'zod';
import { documentId, routing, tokenFacts, usageFacts } from './schema';

export const IMAGE_SIZES = ['1024x1024', '1024x1536', '1536x1024'] as const;
export type ImageSize = (typeof IMAGE_SIZES)[number];
export const IMAGE_QUALITIES = ['low', 'medium', 'high'] as const;
export type ImageQuality = (typeof IMAGE_QUALITIES)[number];

export const imageRequest = z.strictObject({
  prompt: z.string().trim().min(1).max(4_000),
  count: z.int().min(1).max(4).default(1),
  size: z.enum(IMAGE_SIZES).default('1024x1024'),
  quality: z.enum(IMAGE_QUALITIES).default('medium'),
  style: z.string().trim().max(200).optional(),
  brandVoiceId: documentId.optional(),
  ...routing,
});
export type ImageRequest = z.output<typeof imageRequest>;
/** 202: the pictures are being made. `assetIds` are the ids they will have in the media library. */
export const imageResponse = z.object({ jobId: z.string(), assetIds: z.array(z.string()) });
export const imageJobResponse = z.object({
  jobId: z.string(),
  status: z.enum(['queued', 'running', 'done', 'failed']),
  assetIds: z.array(z.string()),
  /** Why it failed, in words for the person who asked. */
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  usage: usageFacts.nullable(),
  tokens: tokenFacts.nullable(),
});
export type ImageJobResponse = z.output<typeof imageJobResponse>;
