import 'server-only';
import {
  ALL_FORMATS,
  CustomSource,
  FilePathSource,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  type Source,
} from 'mediabunny';
import sharp from 'sharp';
import { ValidationError } from '@/core/errors';
import type { AudioCodec, MediaKind, VideoCodec } from '@/features/platforms/schema';
import { inspectDocument } from './document-inspection';
import type { FitTarget } from './media-fit';
import { MAX_IMAGE_PIXELS, THUMBNAIL_WIDTHS } from './media-limits';
import type { CropRequest } from './media-schema';
import type { ByteRange } from './media-store';

interface VisualFacts {
  width: number;
  height: number;
  durationSeconds?: number;
  framesPerSecond?: number;
  videoCodec?: VideoCodec;
  audioCodec?: AudioCodec;
  pages?: number;
  title?: string;
}

export interface Preview {
  width: number;
  height: number;
  mime: 'image/webp';
  data: Buffer;
}

// Pictures are decoded line by line, and one at a time per call: a batch of uploads must not fill the memory.
sharp.cache(false);

const open = (file: string | Uint8Array) =>
  sharp(file, { limitInputPixels: MAX_IMAGE_PIXELS, sequentialRead: true });

const damaged = (message: string) => ValidationError.at('body', message);

/**
 * Reads what the rules need to know of a file, from the file itself.
 * @throws ValidationError at `body` when it is damaged or larger than anything we decode.
 */
function inspect(file: string, kind: MediaKind): Promise<VisualFacts> {
  return kind === 'video' ? inspectVideo(new FilePathSource(file)) : inspectPicture(file);
}

export interface Looked {
  facts: VisualFacts;
  /** None of a video; of a document its first page. */
  previews: Preview[];
}

/** Everything about a file that is recorded with it. @throws as {@link inspect}. */
export async function look(file: string, kind: MediaKind): Promise<Looked> {
  if (kind === 'document') {
    const { facts, firstPage } = await inspectDocument(file);
    return { facts, previews: firstPage ? await previewsOf(firstPage) : [] };
  }
  const facts = await inspect(file, kind);
  return { facts, previews: kind === 'video' ? [] : await previewsOf(file) };
}

/** Facts of a video that lies elsewhere: only the ranges that hold its index travel. @throws as {@link inspect}. */
export function inspectRemoteVideo(
  bytes: number,
  open: (range: ByteRange) => Promise<ReadableStream<Uint8Array>>,
): Promise<VisualFacts> {
  return inspectVideo(
    new CustomSource({
      getSize: () => bytes,
      read: (start, end) => open({ start, end }),
      maxCacheSize: 8_388_608,
    }),
  );
}

async function inspectPicture(file: string): Promise<VisualFacts> {
  const metadata = await open(file)
    .metadata()
    .catch((error: unknown) => {
      throw pictureFault(error);
    });
  const { autoOrient, pages = 1, delay } = metadata;
  const { width, height } = autoOrient;
  if (width * height * pages > MAX_IMAGE_PIXELS * 4) {
    throw damaged('This animation has too many frames of this size. Make it smaller or shorter.');
  }
  const seconds = delay ? delay.reduce((sum, milliseconds) => sum + milliseconds, 0) / 1000 : 0;
  return { width, height, ...(seconds > 0 ? { durationSeconds: seconds } : {}) };
}

function pictureFault(error: unknown): Error {
  const reason = error instanceof Error ? error.message : '';
  if (/exceeds pixel limit/i.test(reason)) {
    return damaged(
      `This picture has more than ${MAX_IMAGE_PIXELS / 1_000_000} million pixels. Make it smaller.`,
    );
  }
  return damaged('This picture is damaged and cannot be read. Export it again.');
}

const BROKEN_VIDEO = 'This video is damaged or cut off and cannot be read. Export it again.';

async function inspectVideo(source: Source): Promise<VisualFacts> {
  const input = new Input({ source, formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (!track && (await input.getAudioTracks()).length > 0) {
      throw damaged('This file has sound but no picture. Use a video with a picture track.');
    }
    if (!track) throw damaged(BROKEN_VIDEO);
    const [width, height, duration, rate, codec, sound] = await Promise.all([
      track.getDisplayWidth(),
      track.getDisplayHeight(),
      track.computeDuration(),
      track.computeFrameRateMetrics({ targetPacketCount: 128 }),
      track.getCodec(),
      input.getPrimaryAudioTrack(),
    ]);
    const framesPerSecond = rate.underlyingFrameRate ?? rate.averageFrameRate;
    return {
      width: Math.round(width),
      height: Math.round(height),
      durationSeconds: Math.round(duration * 1000) / 1000,
      videoCodec: videoCodecOf(codec),
      ...(sound ? { audioCodec: await audioCodecOf(sound) } : {}),
      ...(framesPerSecond && framesPerSecond > 0
        ? { framesPerSecond: Math.round(framesPerSecond * 100) / 100 }
        : {}),
    };
  } catch (error) {
    if (error instanceof ValidationError) throw error;
    throw damaged(BROKEN_VIDEO);
  } finally {
    input.dispose();
  }
}

function videoCodecOf(codec: Awaited<ReturnType<InputVideoTrack['getCodec']>>): VideoCodec {
  if (codec === null) return 'other';
  return codec === 'avc' ? 'h264' : codec;
}

/** MPEG-4 audio object types that are High Efficiency AAC, which not every network reads: SBR and PS. */
const HIGH_EFFICIENCY = /^mp4a\.40\.(5|05|29)$/i;

async function audioCodecOf(track: InputAudioTrack): Promise<AudioCodec> {
  const codec = await track.getCodec();
  if (codec === 'aac')
    return HIGH_EFFICIENCY.test((await track.getCodecParameterString()) ?? '') ? 'he_aac' : 'aac';
  if (codec?.startsWith('pcm-')) return 'pcm';
  if (codec === 'ac3' || codec === 'eac3') return 'ac3';
  if (codec === 'opus' || codec === 'vorbis' || codec === 'mp3' || codec === 'flac') return codec;
  return 'other';
}

/** Previews of a picture (first frame of an animation). Decoding everything also proves that the picture is whole. */
async function previewsOf(file: string | Uint8Array): Promise<Preview[]> {
  try {
    const previews: Preview[] = [];
    for (const width of THUMBNAIL_WIDTHS) {
      const { data, info } = await open(file)
        .autoOrient()
        .resize({ width, withoutEnlargement: true })
        .webp({ quality: 78 })
        .toBuffer({ resolveWithObject: true });
      previews.push({ width: info.width, height: info.height, mime: 'image/webp', data });
    }
    return previews;
  } catch (error) {
    throw pictureFault(error);
  }
}

const QUALITIES = [88, 80, 70, 60];
const SCALE_STEPS = [1, 0.8, 0.64, 0.5, 0.4, 0.3, 0.2];

/**
 * Re-encodes a picture as JPEG within the target: first lower quality, then fewer pixels, never below a fifth of the width.
 * @returns null when even that is too large, or the target takes no JPEG.
 */
export async function fitPicture(
  file: string,
  facts: { width: number; height: number },
  target: FitTarget,
): Promise<Buffer | null> {
  if (!target.mimes.includes('image/jpeg')) return null;
  const largest = target.pixelsMax
    ? Math.sqrt(Math.min(1, target.pixelsMax / (facts.width * facts.height)))
    : 1;
  for (const scale of SCALE_STEPS) {
    const width = Math.max(1, Math.floor(facts.width * largest * scale));
    for (const quality of QUALITIES) {
      const bytes = await open(file)
        .autoOrient()
        .resize({ width, withoutEnlargement: true })
        .flatten({ background: '#ffffff' })
        .jpeg({ quality, mozjpeg: true })
        .toBuffer();
      if (target.bytesMax === undefined || bytes.byteLength <= target.bytesMax) return bytes;
    }
  }
  return null;
}

/** A part of a picture as it is shown, in the picture's own type; nothing of what was recorded with it (place, device) stays. */
export async function cropPicture(file: string, mime: string, part: CropRequest): Promise<Buffer> {
  const cropped = open(file).autoOrient().extract(part);
  try {
    if (mime === 'image/png') return await cropped.png().toBuffer();
    if (mime === 'image/webp') return await cropped.webp({ quality: 90 }).toBuffer();
    if (mime === 'image/avif') return await cropped.avif({ quality: 70 }).toBuffer();
    return await cropped.jpeg({ quality: 92, mozjpeg: true }).toBuffer();
  } catch (error) {
    throw pictureFault(error);
  }
}
