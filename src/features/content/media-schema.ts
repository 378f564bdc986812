import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { type DocOf, defineModel } from '@/core/db/model';
import { mediaKindSchema } from '@/features/platforms/schema';
import { CONTENT_LIMITS, idSchema, tagsSchema } from './schema';

/** The words of the media library. */

export const MEDIA_SOURCES = ['upload', 'ai', 'url'] as const;
export const mediaSourceSchema = z.enum(MEDIA_SOURCES);

export const thumbnailSchema = z.object({
  width: z.int().positive(),
  height: z.int().positive(),
  mime: z.string(),
  bytes: z.int().positive(),
  storagePath: z.string(),
});

export const mediaModel = defineModel('media_assets', {
  organizationId: z.string(),
  uploadedBy: z.string(),
  kind: mediaKindSchema,
  mime: z.string(),
  bytes: z.int().positive(),
  /** Hex SHA-256 of the bytes; one asset per hash and organisation. */
  sha256: z.string(),
  filename: z.string().max(CONTENT_LIMITS.filenameMax),
  /** As shown: after the rotation that cameras record. */
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
  durationSeconds: z.number().nonnegative().optional(),
  framesPerSecond: z.number().positive().optional(),
  altText: z.string().max(CONTENT_LIMITS.altTextMax),
  tags: tagsSchema,
  /** Where the bytes are, inside the store. */
  storagePath: z.string(),
  thumbnails: z.array(thumbnailSchema),
  source: mediaSourceSchema,
});
export type MediaAsset = DocOf<typeof mediaModel>;

// API ------------------------------------------------------------------------------------------------------------------

export const mediaAssetSchema = mediaModel.schema;
export const mediaIdParams = z.strictObject({ id: idSchema });

export const listMediaQuerySchema = pageQuery.extend({
  kind: mediaKindSchema.optional(),
  tag: z.string().max(CONTENT_LIMITS.tagMax).optional(),
});
export type ListMediaQuery = z.output<typeof listMediaQuerySchema>;

export const updateMediaRequestSchema = z.strictObject({
  altText: z.string().trim().max(CONTENT_LIMITS.altTextMax).optional(),
  tags: tagsSchema.optional(),
});
export type UpdateMediaRequest = z.output<typeof updateMediaRequestSchema>;
