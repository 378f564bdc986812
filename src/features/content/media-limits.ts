import type { MediaKind } from '@/features/platforms/schema';

/**
 * What the library takes. These bound what IriSync handles at all; what a network takes stands in its rules.
 * A type is known from the file's own bytes, never from its name or from what the browser claims.
 */

const MB = 1_000_000;

export interface AcceptedType {
  kind: MediaKind;
  /** File name extension, without the dot. */
  extension: string;
}

export const ACCEPTED_TYPES: Readonly<Record<string, AcceptedType>> = {
  'image/jpeg': { kind: 'image', extension: 'jpg' },
  'image/png': { kind: 'image', extension: 'png' },
  'image/webp': { kind: 'image', extension: 'webp' },
  'image/avif': { kind: 'image', extension: 'avif' },
  'image/gif': { kind: 'gif', extension: 'gif' },
  'video/mp4': { kind: 'video', extension: 'mp4' },
  'video/quicktime': { kind: 'video', extension: 'mov' },
  'video/webm': { kind: 'video', extension: 'webm' },
  'application/pdf': { kind: 'document', extension: 'pdf' },
};

/** Bytes. */
export const MAX_BYTES: Readonly<Record<MediaKind, number>> = {
  image: 40 * MB,
  gif: 40 * MB,
  video: 1_073_741_824,
  document: 100 * MB,
};

/**
 * Of a document; with the bytes above, what LinkedIn, the one network that shows them, takes.
 * @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api
 */
export const MAX_DOCUMENT_PAGES = 300;

/** Above the largest phone cameras (200 megapixels) lie only accidents and decompression bombs. */
export const MAX_IMAGE_PIXELS = 220_000_000;

/** Widths of the previews made of each picture; never larger than the picture. */
export const THUMBNAIL_WIDTHS = [320, 960] as const;

/** What a browser's file dialog should offer. */
export const ACCEPT_ATTRIBUTE = Object.keys(ACCEPTED_TYPES).join(',');

const AS_PDF = 'Documents are taken as PDF only. Save or export it as PDF.';

/** Why a type that people try is not taken, and what to do instead. */
const ADVICE: Readonly<Record<string, string>> = {
  'image/heic': 'HEIC pictures cannot be read here. Export it as JPEG.',
  'image/heif': 'HEIF pictures cannot be read here. Export it as JPEG.',
  'image/tiff': 'TIFF pictures are not taken by social networks. Export it as JPEG or PNG.',
  'image/bmp': 'BMP pictures are not taken by social networks. Export it as PNG.',
  'application/xml': 'SVG drawings can carry scripts and no network takes them. Export it as PNG.',
  'application/msword': AS_PDF,
  'application/x-cfb': AS_PDF,
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': AS_PDF,
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': AS_PDF,
  'application/vnd.oasis.opendocument.presentation': AS_PDF,
  'application/vnd.oasis.opendocument.text': AS_PDF,
};

export function refusalOf(mime: string | undefined): string {
  if (mime === undefined)
    return 'We could not tell what kind of file this is. Use JPEG, PNG, WebP, AVIF, GIF, MP4, MOV, WebM or PDF.';
  return (
    ADVICE[mime] ??
    `Files of type ${mime} are not supported. Use JPEG, PNG, WebP, AVIF, GIF, MP4, MOV, WebM or PDF.`
  );
}
