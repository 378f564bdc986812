import { z } from 'zod';
import { type DocOf, defineModel } from '@/core/db/model';
import { mediaKindSchema } from '@/features/platforms/schema';
import { MAX_BYTES } from './media-limits';
import { CONTENT_LIMITS, idSchema, tagsSchema } from './schema';

/** Files that arrive in pieces (tus 1.0, https://tus.io/protocols/resumable-upload). */

/** Cloud Storage takes only multiples of this, but for the last piece. */
export const PIECE_UNIT_BYTES = 262_144;
/** The largest piece: serverless platforms end a request's body at 4.5 MB, and each is held in memory once. */
export const PIECE_MAX_BYTES = 15 * PIECE_UNIT_BYTES;
/** What was sent is kept this long after its last piece. */
export const UPLOAD_KEPT_MS = 24 * 3600_000;
/** Cloud Storage forgets a session after a week; ours ends before. */
export const UPLOAD_LIFE_MS = 6 * 24 * 3600_000;
/** Unfinished files of one person in one organisation. */
export const UNFINISHED_MAX = 50;

/** Server only: `storeToken` lets its holder write. */
export const mediaUploadModel = defineModel('media_uploads', {
  organizationId: z.string(),
  userId: z.string(),
  filename: z.string(),
  altText: z.string(),
  tags: tagsSchema,
  /** The file's own time stamp where the sender told it: with name and length it tells a file chosen again. */
  lastModified: z.int().nullable(),
  /** Bytes in all. */
  length: z.int().positive(),
  /** Bytes that are safe. All of them only once the file is in the library. */
  offset: z.int().nonnegative(),
  /** The asset it becomes, unless the library has these bytes already. */
  assetId: z.string(),
  /** Known from the first piece. */
  file: z.object({ mime: z.string(), kind: mediaKindSchema, extension: z.string() }).nullable(),
  storagePath: z.string().nullable(),
  storeToken: z.string().nullable(),
  /** SHA-256 of the bytes so far, to be continued; base64. */
  hashState: z.string().nullable(),
  /** One request at a time writes. */
  writer: z.string().nullable(),
  writerUntil: z.date(),
  /** The asset it became, or the one that was there. */
  doneAssetId: z.string().nullable(),
  /** Not under a TTL policy: bytes go with it. */
  expiresAt: z.date(),
});
export type MediaUpload = DocOf<typeof mediaUploadModel>;

export const uploadIdParams = z.strictObject({ id: idSchema });

/** What `Upload-Length` and `Upload-Metadata` say. */
export const newUploadSchema = z.strictObject({
  length: z.int().positive().max(MAX_BYTES.video),
  filename: z.string().max(500).default(''),
  altText: z.string().max(CONTENT_LIMITS.altTextMax).default(''),
  tags: tagsSchema.default([]),
  lastModified: z.int().nonnegative().nullable().default(null),
});
export type NewUpload = z.output<typeof newUploadSchema>;

export const uploadStateSchema = z.object({
  id: z.string(),
  filename: z.string(),
  lastModified: z.int().nullable(),
  length: z.int(),
  offset: z.int(),
  expiresAt: z.date(),
  /** Once the file is in the library. */
  assetId: z.string().nullable(),
  /** The library had the very same file before. */
  duplicate: z.boolean(),
});
export type UploadState = z.output<typeof uploadStateSchema>;
export const uploadStatesSchema = z.object({ items: z.array(uploadStateSchema) });

export function uploadState(upload: MediaUpload): UploadState {
  const { id, filename, lastModified, length, offset, expiresAt, doneAssetId } = upload;
  return {
    id,
    filename,
    lastModified,
    length,
    offset,
    expiresAt,
    assetId: doneAssetId,
    duplicate: doneAssetId !== null && doneAssetId !== upload.assetId,
  };
}
