import { durationText, type Findings, sizeText } from '@/features/platforms/rules/findings';
import type { MediaGroup, PlatformRules, VisualLimits } from '@/features/platforms/rules/types';
import type { AudioCodec, LiveLimits, MediaFacts, MediaKind, VideoCodec } from '@/features/platforms/schema';

/** Two ratios closer than this are the same picture shape: encoders round to whole and even pixels. */
const RATIO_TOLERANCE = 0.01;
const KIND_NAMES: Record<MediaKind, string> = {
  image: 'pictures',
  gif: 'GIFs',
  video: 'videos',
  document: 'documents',
};

const TYPE_FIX: Record<MediaKind, string> = {
  image: 'Save it as JPEG.',
  gif: 'Export it as one of the listed types.',
  video: 'Export it as one of the listed types.',
  document: 'Save or export it as PDF.',
};
const SIZE_FIX: Record<MediaKind, string> = {
  image: 'It can be re-encoded to fit.',
  gif: 'Export a smaller file.',
  video: 'Export a smaller file.',
  document: 'Export it with smaller pictures, or split it.',
};

const CODEC_NAMES: Record<VideoCodec | AudioCodec, string> = {
  h264: 'H.264',
  hevc: 'H.265 (HEVC)',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
  prores: 'ProRes',
  aac: 'AAC',
  he_aac: 'HE-AAC',
  opus: 'Opus',
  vorbis: 'Vorbis',
  mp3: 'MP3',
  flac: 'FLAC',
  pcm: 'PCM',
  ac3: 'Dolby Digital',
  other: 'an unknown way',
};

interface MediaCheck {
  rules: PlatformRules;
  limits: LiveLimits;
  /** `media`, or `thread.2.media` for a later part. */
  path: string;
  format: string | undefined;
  out: Findings;
}

/** The figure unless the network itself reported another. */
function bound(figure: { value: number } | undefined, reported: number | undefined): number | undefined {
  return reported ?? figure?.value;
}

function groupMaximum(group: MediaGroup, limits: LiveLimits): number {
  return group.max.live && limits.mediaMax !== undefined ? limits.mediaMax : group.max.value;
}

const OTHER_FILE = 'Remove it for this channel, or choose another file.';

/** What a reader of that network can have of a document. */
function insteadOfDocument({ media }: PlatformRules): string {
  return media.image
    ? 'Remove it for this channel: attach its pages as pictures, or link to it.'
    : 'Remove it for this channel, and link to it in the text.';
}

function mixFix(kinds: ReadonlySet<MediaKind>): string {
  return kinds.has('document')
    ? 'A document stands alone: keep it, or the other files.'
    : 'Keep one kind of file for this channel.';
}

function checkGroup(media: readonly MediaFacts[], { rules, limits, path, out }: MediaCheck): void {
  const kinds = new Set(media.map((item) => item.kind));
  const name = rules.name;
  for (const [index, item] of media.entries()) {
    if (!rules.media.groups.some((group) => group.kinds.includes(item.kind))) {
      out.error(
        'media_kind_not_allowed',
        `${path}.${index}`,
        `${name} does not take ${KIND_NAMES[item.kind]}.`,
        {
          actual: item.kind,
          fix: item.kind === 'document' ? insteadOfDocument(rules) : OTHER_FILE,
        },
      );
      return;
    }
  }
  const fitting = rules.media.groups.filter((group) =>
    [...kinds].every((kind) => group.kinds.includes(kind)),
  );
  if (fitting.length === 0) {
    out.error('media_mix_not_allowed', path, `${name} does not take these kinds of files in one post.`, {
      actual: [...kinds].join(' + '),
      fix: mixFix(kinds),
    });
    return;
  }
  const maximum = Math.max(...fitting.map((group) => groupMaximum(group, limits)));
  if (media.length > maximum) {
    out.error('too_many_media', path, `${name} takes at most ${maximum} here.`, {
      actual: media.length,
      limit: maximum,
      fix: `Remove ${media.length - maximum}.`,
    });
    return;
  }
  const group = fitting.find(
    (candidate) => media.length >= candidate.min && media.length <= groupMaximum(candidate, limits),
  );
  if (!group) {
    const minimum = Math.min(...fitting.map((candidate) => candidate.min));
    out.error('too_few_media', path, `${name} needs at least ${minimum} files for this kind of post.`, {
      actual: media.length,
      limit: minimum,
    });
    return;
  }
  if (group.sameRatio) checkSameRatio(media, path, name, out);
}

function checkSameRatio(media: readonly MediaFacts[], path: string, name: string, out: Findings): void {
  const ratios = media.map((item) => (item.width && item.height ? item.width / item.height : undefined));
  const first = ratios[0];
  if (first === undefined) return;
  for (const [index, ratio] of ratios.entries()) {
    if (ratio !== undefined && Math.abs(ratio - first) > RATIO_TOLERANCE * first) {
      out.error(
        'media_ratio_mismatch',
        `${path}.${index}`,
        `${name} wants all pictures of a carousel in one shape.`,
        {
          actual: Number(ratio.toFixed(3)),
          limit: Number(first.toFixed(3)),
          fix: 'Crop it to the ratio of the first picture.',
        },
      );
    }
  }
}

function checkFile(item: MediaFacts, limit: VisualLimits, path: string, check: MediaCheck): void {
  const { rules, limits, out } = check;
  const reported = limit.mimes.live ? limits.mimeTypes : undefined;
  const mimes = reported ?? limit.mimes.value;
  if (!mimes.includes(item.mime)) {
    out.error('media_type_not_allowed', path, `${rules.name} does not take ${item.mime} files.`, {
      actual: item.mime,
      limit: mimes.join(', '),
      fix: TYPE_FIX[item.kind],
    });
  }
  checkSize(item, limit, path, check);
  if (item.kind === 'video') {
    checkTiming(item, limit, path, check);
    checkCodecs(item, limit, path, check);
  }
  checkShape(item, limit, path, check);
  if (limit.pagesMax && item.pages !== undefined && item.pages > limit.pagesMax.value) {
    out.error(
      'document_too_long',
      path,
      `${rules.name} takes documents of up to ${limit.pagesMax.value} pages.`,
      {
        actual: item.pages,
        limit: limit.pagesMax.value,
        fix: `Split it into parts of up to ${limit.pagesMax.value} pages.`,
      },
    );
  }
}

function checkSize(
  item: MediaFacts,
  limit: VisualLimits,
  path: string,
  { rules, limits, out }: MediaCheck,
): void {
  const reported = item.kind === 'video' ? limits.videoBytesMax : limits.imageBytesMax;
  const most = bound(limit.bytesMax, limit.bytesMax?.live ? reported : undefined);
  if (most !== undefined && item.bytes > most) {
    out.error(
      'media_too_large',
      path,
      `This file has ${sizeText(item.bytes)}; ${rules.name} takes up to ${sizeText(most)}.`,
      {
        actual: item.bytes,
        limit: most,
        fix: SIZE_FIX[item.kind],
      },
    );
  }
  if (limit.bytesMin && item.bytes < limit.bytesMin.value) {
    out.error(
      'media_too_small',
      path,
      `${rules.name} wants files of at least ${sizeText(limit.bytesMin.value)}.`,
      {
        actual: item.bytes,
        limit: limit.bytesMin.value,
      },
    );
  }
}

function checkTiming(
  item: MediaFacts,
  limit: VisualLimits,
  path: string,
  { rules, limits, out }: MediaCheck,
): void {
  const seconds = item.durationSeconds;
  if (seconds !== undefined) {
    const longest = bound(limit.secondsMax, limit.secondsMax?.live ? limits.videoSecondsMax : undefined);
    if (longest !== undefined && seconds > longest) {
      out.error(
        'video_too_long',
        path,
        `This video runs ${durationText(seconds)}; ${rules.name} takes up to ${durationText(longest)}.`,
        { actual: seconds, limit: longest, fix: 'Cut it shorter.' },
      );
    }
    if (limit.secondsMin && seconds < limit.secondsMin.value) {
      out.error(
        'video_too_short',
        path,
        `${rules.name} wants videos of at least ${durationText(limit.secondsMin.value)}.`,
        {
          actual: seconds,
          limit: limit.secondsMin.value,
        },
      );
    }
  }
  const rate = limit.framesPerSecond?.value;
  if (
    rate &&
    item.framesPerSecond !== undefined &&
    (item.framesPerSecond < rate[0] || item.framesPerSecond > rate[1])
  ) {
    out.error('video_frame_rate', path, `${rules.name} takes ${rate[0]} to ${rate[1]} frames per second.`, {
      actual: item.framesPerSecond,
      limit: `${rate[0]}–${rate[1]}`,
      fix: 'Export it at 30 frames per second.',
    });
  }
}

/** Files are refused by some networks only after the upload, hours later: what is inside is known before. */
function checkCodecs(item: MediaFacts, limit: VisualLimits, path: string, { rules, out }: MediaCheck): void {
  const named = (codecs: readonly (VideoCodec | AudioCodec)[]) =>
    codecs.map((codec) => CODEC_NAMES[codec]).join(', ');
  const { videoCodec, audioCodec } = item;
  const pictures = limit.videoCodecs?.value;
  if (videoCodec && pictures && !pictures.includes(videoCodec)) {
    out.error(
      'video_codec_not_allowed',
      path,
      `The pictures of this video are coded in ${CODEC_NAMES[videoCodec]}; ${rules.name} takes ${named(pictures)}.`,
      { actual: videoCodec, limit: pictures.join(', '), fix: 'Export it as MP4 with H.264.' },
    );
  }
  const sound = limit.audioCodecs?.value;
  if (audioCodec && sound && !sound.includes(audioCodec)) {
    out.error(
      'audio_codec_not_allowed',
      path,
      `The sound of this video is coded in ${CODEC_NAMES[audioCodec]}; ${rules.name} takes ${named(sound)}.`,
      { actual: audioCodec, limit: sound.join(', '), fix: 'Export it with AAC sound (LC).' },
    );
  }
}

function checkShape(
  item: MediaFacts,
  limit: VisualLimits,
  path: string,
  { rules, limits, out }: MediaCheck,
): void {
  const { width, height } = item;
  if (!width || !height) return;
  const range = limit.ratio?.value;
  const ratio = width / height;
  if (range && (ratio < range[0] * (1 - RATIO_TOLERANCE) || ratio > range[1] * (1 + RATIO_TOLERANCE))) {
    out.error('media_ratio_not_allowed', path, `${rules.name} does not take this shape.`, {
      actual: Number(ratio.toFixed(3)),
      limit: `${Number(range[0].toFixed(3))}–${Number(range[1].toFixed(3))}`,
      fix: 'Crop it.',
    });
  }
  if (width < (limit.widthMin?.value ?? 0) || height < (limit.heightMin?.value ?? 0)) {
    out.error('media_too_small', path, `${rules.name} wants more pixels.`, {
      actual: `${width}×${height}`,
      limit: `${limit.widthMin?.value ?? 1}×${limit.heightMin?.value ?? 1}`,
    });
  }
  const pixels = bound(limit.pixelsMax, limit.pixelsMax?.live ? limits.imagePixelsMax : undefined);
  if (pixels !== undefined && width * height > pixels) {
    out.error(
      'image_too_many_pixels',
      path,
      `${rules.name} takes up to ${pixels.toLocaleString('en')} pixels.`,
      {
        actual: width * height,
        limit: pixels,
        fix: 'Make it smaller.',
      },
    );
  }
}

/** The words given to a document are its title. Its own title is cut by the library, and never too long. */
function checkDocumentTitle(item: MediaFacts, path: string, { rules, out }: MediaCheck): void {
  const most = rules.title?.max.value;
  const length = item.altText?.trim().length ?? 0;
  if (most === undefined || length <= most) return;
  out.error(
    'alt_text_too_long',
    `${path}.altText`,
    `${rules.name} takes document titles of up to ${most} characters.`,
    { actual: length, limit: most, fix: 'Give the document a shorter title.' },
  );
}

function checkAltText(item: MediaFacts, path: string, { rules, limits, out }: MediaCheck): void {
  const most = bound(rules.media.altTextMax, limits.altTextMax);
  if (most === undefined) return;
  const length = item.altText?.trim().length ?? 0;
  if (length === 0) {
    out.warning(
      'alt_text_missing',
      `${path}.altText`,
      'This file has no description for people who cannot see it.',
      {
        fix: 'Write one sentence on what it shows.',
      },
    );
  } else if (length > most) {
    out.error(
      'alt_text_too_long',
      `${path}.altText`,
      `${rules.name} takes descriptions of up to ${most} characters.`,
      {
        actual: length,
        limit: most,
      },
    );
  }
}

/** Checks the files of one part against the network's rules. */
export function validateMedia(media: readonly MediaFacts[], check: MediaCheck): void {
  const { rules, path, format } = check;
  if (media.length === 0) return;
  checkGroup(media, check);
  for (const [index, item] of media.entries()) {
    const itemPath = `${path}.${index}`;
    const limit = rules.media[item.kind];
    if (limit) checkFile(item, limit, itemPath, check);
    const special = format ? rules.media.formats?.[format] : undefined;
    if (special && item.kind === 'video') checkFile(item, special, itemPath, check);
    if (item.kind === 'document') checkDocumentTitle(item, itemPath, check);
    else checkAltText(item, itemPath, check);
  }
}
