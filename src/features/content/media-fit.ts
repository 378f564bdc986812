import type { Finding } from '@/features/platforms/finding-schema';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { LiveLimits, PlatformId } from '@/features/platforms/schema';

/** What a picture must be like to be taken. */
export interface FitTarget {
  bytesMax?: number | undefined;
  pixelsMax?: number | undefined;
  mimes: readonly string[];
}

/** A network's figures for pictures; what the network itself reported beats the table. Null where it takes none. */
export function fitTarget(platform: PlatformId, limits: LiveLimits = {}): FitTarget | null {
  const rule = PLATFORM_RULES[platform].media.image;
  if (!rule) return null;
  const { bytesMax, pixelsMax, mimes } = rule;
  return {
    bytesMax: (bytesMax?.live ? limits.imageBytesMax : undefined) ?? bytesMax?.value,
    pixelsMax: (pixelsMax?.live ? limits.imagePixelsMax : undefined) ?? pixelsMax?.value,
    mimes: (mimes.live ? limits.mimeTypes : undefined) ?? mimes.value,
  };
}

/** Findings on a picture that re-encoding it can settle. */
export const FITTABLE: ReadonlySet<Finding['code']> = new Set([
  'media_too_large',
  'image_too_many_pixels',
  'media_type_not_allowed',
]);
