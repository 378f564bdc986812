import type { MediaFacts } from '@/features/platforms/schema';
import { ACCEPTED_TYPES } from './media-limits';
import type { MediaAsset } from './media-schema';
import { CONTENT_LIMITS } from './schema';

/** What the rules engine needs of an asset. */
export function mediaFacts(asset: MediaAsset): MediaFacts {
  const { id, kind, mime, bytes, width, height, durationSeconds, framesPerSecond, altText } = asset;
  const { videoCodec, audioCodec, pages, title } = asset;
  return {
    id,
    kind,
    mime,
    bytes,
    ...(width ? { width } : {}),
    ...(height ? { height } : {}),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(framesPerSecond ? { framesPerSecond } : {}),
    ...(videoCodec ? { videoCodec } : {}),
    ...(audioCodec ? { audioCodec } : {}),
    ...(pages ? { pages } : {}),
    ...(title ? { title } : {}),
    ...(altText ? { altText } : {}),
  };
}

/** A name people recognise, with the extension the bytes deserve; no folders, no control characters. */
export function filenameOf(given: string | undefined, file: Pick<MediaAsset, 'mime' | 'kind'>): string {
  const extension = ACCEPTED_TYPES[file.mime]?.extension ?? 'bin';
  const base = (given ?? '')
    .split(/[/\\]/)
    .at(-1)
    ?.replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/\.[^.]{1,5}$/, '')
    .trim()
    .slice(0, CONTENT_LIMITS.filenameMax - 10);
  return `${base || file.kind}.${extension}`;
}
