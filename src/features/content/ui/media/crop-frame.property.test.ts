import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cropRequestSchema } from '../../media-schema';
import { cropOf, SHAPES } from './crop-frame';

const side = fc.integer({ min: 64, max: 12_000 });
const share = fc.double({ min: -0.2, max: 1.2, noNaN: true });

describe('crop frame', () => {
  it('lies inside the picture whatever is asked, is what the API takes, and has the shape', () => {
    fc.assert(
      fc.property(
        side,
        side,
        fc.constantFrom(...Object.values(SHAPES)),
        fc.record({ x: share, y: share, size: fc.double({ min: 0.3, max: 1, noNaN: true }) }),
        (width, height, ratio, framing) => {
          const part = cropOf({ width, height }, ratio, framing);
          expect(cropRequestSchema.safeParse(part).success || Math.min(width, height) < 160).toBe(true);
          expect(part.left + part.width).toBeLessThanOrEqual(width);
          expect(part.top + part.height).toBeLessThanOrEqual(height);
          if (part.width > 100 && part.height > 100) {
            const shape = part.width / part.height;
            expect(Math.abs(shape / (ratio ?? width / height) - 1)).toBeLessThan(0.01);
          }
        },
      ),
    );
  });

  it('is the whole picture at full size in its own shape, and the middle in another', () => {
    const middle = { x: 0.5, y: 0.5, size: 1 };
    expect(cropOf({ width: 1200, height: 800 }, null, middle)).toEqual({
      left: 0,
      top: 0,
      width: 1200,
      height: 800,
    });
    expect(cropOf({ width: 1200, height: 800 }, 1, middle)).toEqual({
      left: 200,
      top: 0,
      width: 800,
      height: 800,
    });
  });
});
