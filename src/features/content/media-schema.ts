import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { type DocOf, defineModel } from '@/core/db/model';
import { AUDIO_CODECS, mediaKindSchema, platformIdSchema, VIDEO_CODECS } from '@/features/platforms/schema';
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
  /** As shown: after the rotation that cameras record. Of a document's first page, in points. */
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
  durationSeconds: z.number().nonnegative().optional(),
  framesPerSecond: z.number().positive().optional(),
  videoCodec: z.enum(VIDEO_CODECS).optional(),
  audioCodec: z.enum(AUDIO_CODECS).optional(),
  /** Of a document. */
  pages: z.int().positive().optional(),
  /** What a document calls itself. */
  title: z.string().max(CONTENT_LIMITS.documentTitleMax).optional(),
  /** Of a document: the title it is shown under, where the network has one. */
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
export const mediaLinkParams = z.strictObject({ token: z.string().min(1).max(2_000) });
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

/** The body is the file itself; what is known about it travels in the query. */
export const uploadQuerySchema = z.strictObject({
  filename: z.string().max(500).optional(),
  altText: z.string().max(CONTENT_LIMITS.altTextMax).optional(),
  /** Repeat for several. */
  tag: z
    .union([z.string().transform((tag) => [tag]), z.array(z.string())])
    .pipe(tagsSchema)
    .optional(),
});

/** `duplicate`: the library already had the very same file, and this is it. */
export const storedMediaSchema = z.object({ asset: mediaAssetSchema, duplicate: z.boolean() });
export type StoredMedia = z.output<typeof storedMediaSchema>;

export const thumbQuerySchema = z.strictObject({
  /** The smallest preview at least this wide. */
  w: z.coerce.number().int().min(1).max(4_000).default(320),
});

export const fitRequestSchema = z.strictObject({
  platform: platformIdSchema,
  /** Whose own limits count too. */
  connectionId: idSchema.optional(),
});
export type FitRequest = z.output<typeof fitRequestSchema>;

const pixel = z.int().nonnegative().max(100_000);
/** A part of a picture, in its own pixels as it is shown. */
export const cropRequestSchema = z.strictObject({
  left: pixel,
  top: pixel,
  width: pixel.min(16, 'A crop has at least 16 pixels each way.'),
  height: pixel.min(16, 'A crop has at least 16 pixels each way.'),
});
export type CropRequest = z.output<typeof cropRequestSchema>;
