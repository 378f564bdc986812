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
};

/** Bytes. */
export const MAX_BYTES: Readonly<Record<'image' | 'gif' | 'video', number>> = {
  image: 40 * MB,
  gif: 40 * MB,
  video: 1_073_741_824,
};

/** Above the largest phone cameras (200 megapixels) lie only accidents and decompression bombs. */
export const MAX_IMAGE_PIXELS = 220_000_000;

/** Widths of the previews made of each picture; never larger than the picture. */
export const THUMBNAIL_WIDTHS = [320, 960] as const;

/** What a browser's file dialog should offer. */
export const ACCEPT_ATTRIBUTE = Object.keys(ACCEPTED_TYPES).join(',');

/** Why a type that people try is not taken, and what to do instead. */
const ADVICE: Readonly<Record<string, string>> = {
  'image/heic': 'HEIC pictures cannot be read here. Export it as JPEG.',
  'image/heif': 'HEIF pictures cannot be read here. Export it as JPEG.',
  'image/tiff': 'TIFF pictures are not taken by social networks. Export it as JPEG or PNG.',
  'image/bmp': 'BMP pictures are not taken by social networks. Export it as PNG.',
  'application/xml': 'SVG drawings can carry scripts and no network takes them. Export it as PNG.',
  'application/pdf': 'Documents are not supported yet. Use pictures, GIFs or videos.',
};

export function refusalOf(mime: string | undefined): string {
  if (mime === undefined)
    return 'We could not tell what kind of file this is. Use JPEG, PNG, WebP, AVIF, GIF, MP4, MOV or WebM.';
  return (
    ADVICE[mime] ??
    `Files of type ${mime} are not supported. Use JPEG, PNG, WebP, AVIF, GIF, MP4, MOV or WebM.`
  );
}
