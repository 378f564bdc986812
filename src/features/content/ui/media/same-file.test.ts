import { describe, expect, it } from 'vitest';
import { sameFile } from './same-file';

describe('an upload begun earlier', () => {
  const upload = { filename: 'sea.mp4', length: 9, lastModified: 17 };
  it.each([
    [{ name: 'sea.mp4', size: 9, lastModified: 17 }, true],
    [{ name: 'sky.mp4', size: 9, lastModified: 17 }, false],
    [{ name: 'sea.mp4', size: 8, lastModified: 17 }, false],
    // Exported again under the same name and with the same length: other bytes.
    [{ name: 'sea.mp4', size: 9, lastModified: 18 }, false],
  ])('is of %o: %s', (file, same) => {
    expect(sameFile(upload, file)).toBe(same);
  });
});
