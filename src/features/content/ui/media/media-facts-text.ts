import type { MediaAsset } from '../../media-schema';

/** "1200 × 800", "0:42", "1.4 MB": what a person wants to know of a file, in their language's numbers. */
export function sizeText(bytes: number, locale: string): string {
  const [divisor, unit] = bytes >= 1_000_000 ? [1_000_000, 'megabyte'] : [1_000, 'kilobyte'];
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: unit as string,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(bytes / (divisor as number));
}

export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function shapeText({ width, height }: Pick<MediaAsset, 'width' | 'height'>): string | null {
  return width && height ? `${width} × ${height}` : null;
}
