import type { CropRequest } from '../../media-schema';

export interface PictureSize {
  width: number;
  height: number;
}

/** Where the frame is: its middle as shares of the picture, and its size as a share of the largest that fits. */
export interface Framing {
  x: number;
  y: number;
  size: number;
}

/** Shapes that networks ask for. Width ÷ height; null keeps the picture's own. */
export const SHAPES = {
  original: null,
  square: 1,
  portrait: 4 / 5,
  story: 9 / 16,
  landscape: 16 / 9,
  wide: 1.91,
} as const satisfies Record<string, number | null>;
export type Shape = keyof typeof SHAPES;

const SMALLEST = 16;
const within = (value: number, low: number, high: number) =>
  Math.min(Math.max(value, low), Math.max(low, high));

/** The part of the picture in the frame, in whole pixels and never outside. */
export function cropOf(picture: PictureSize, ratio: number | null, { x, y, size }: Framing): CropRequest {
  const shape = ratio ?? picture.width / picture.height;
  const most = Math.min(picture.width, picture.height * shape);
  const width = Math.round(within(most * size, Math.min(SMALLEST, picture.width), picture.width));
  const height = Math.round(within(width / shape, Math.min(SMALLEST, picture.height), picture.height));
  return {
    width,
    height,
    left: Math.round(within(x * picture.width - width / 2, 0, picture.width - width)),
    top: Math.round(within(y * picture.height - height / 2, 0, picture.height - height)),
  };
}
