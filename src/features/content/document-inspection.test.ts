import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pdf, pdfBomb } from '@tests/support/pdf';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { isSystemError } from '@/core/errors';
import { inspectDocument } from './document-inspection';

const folder = mkdtempSync(join(tmpdir(), 'irisync-documents-'));
let serial = 0;

async function file(bytes: Uint8Array): Promise<string> {
  serial += 1;
  const path = join(folder, `document-${serial}`);
  await writeFile(path, bytes);
  return path;
}

describe('what is inside a PDF', () => {
  it('is known: pages, title, size, and how the first page looks', async () => {
    const { facts, firstPage } = await inspectDocument(
      await file(pdf({ pages: 3, title: 'Iris –\u0000 Gärten\n🌸', width: 600, height: 400 })),
    );
    expect(facts).toEqual({ pages: 3, title: 'Iris – Gärten 🌸', width: 600, height: 400 });
    const { data, info } = await sharp(firstPage ?? new Uint8Array())
      .raw()
      .toBuffer({ resolveWithObject: true });
    const colourAt = (x: number, y: number) => {
      const at = (y * info.width + x) * info.channels;
      return [...data.subarray(at, at + 3)];
    };
    expect([info.width, info.height]).toEqual([960, 640]);
    // Red in the lower left quarter, white elsewhere, the word in black above.
    expect(colourAt(100, 500)).toEqual([255, 0, 0]);
    expect(colourAt(900, 600)).toEqual([255, 255, 255]);
    const dark = data
      .subarray(100 * info.width * info.channels, 180 * info.width * info.channels)
      .some((value) => value < 80);
    expect(dark).toBe(true);
  });

  it('has no title where it gives none', async () => {
    const { facts } = await inspectDocument(await file(pdf({ title: ' ' })));
    expect(facts).toEqual({ pages: 1, width: 600, height: 400 });
  });

  it('keeps a very tall page within what a picture may be', async () => {
    const { firstPage } = await inspectDocument(await file(pdf({ width: 10, height: 14_000 })));
    const { width, height } = await sharp(firstPage ?? new Uint8Array()).metadata();
    expect([width, height]).toEqual([3, 4_000]);
  });
});

describe('a PDF that cannot be published', () => {
  const whole = pdf({ pages: 2 });
  it.each<[string, Uint8Array, RegExp]>([
    ['without pages', pdf({ pages: 0 }), /no pages/],
    ['with one page too many', pdf({ pages: 301 }), /up to 300 pages/],
    ['that is encrypted', pdf({ encrypted: true }), /protected/],
    ['that anybody may open and nobody may copy', pdf({ encrypted: 'openly' }), /restrictions/],
    ['that is cut off', whole.slice(0, whole.byteLength - 40), /cut off/],
    ['that only begins like one', new TextEncoder().encode('%PDF-1.7\nhello\n%%EOF'), /damaged/],
    ['whose first page unpacks to a gigabyte', pdfBomb(600_000_000), /unpacks to far more/],
  ])('%s is refused with the reason', async (_, bytes, reason) => {
    await expect(inspectDocument(await file(bytes))).rejects.toThrow(reason);
  });

  it('that does not end is given up on, and the next one is read', async () => {
    const slow = await file(pdf({ drawing: '0 0 m 9 9 l S '.repeat(4_000_000), packed: 2 }));
    const next = await file(pdf());
    const [given, read] = await Promise.allSettled([
      inspectDocument(slow, { milliseconds: 600 }),
      inspectDocument(next),
    ]);
    expect(given).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/too long to open/) },
    });
    expect(read).toMatchObject({ status: 'fulfilled', value: { facts: { pages: 1 } } });
  });

  it('waits its turn, and is sent away while too many wait', async () => {
    const path = await file(pdf());
    const results = await Promise.allSettled(Array.from({ length: 9 }, () => inspectDocument(path)));
    const away = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(away).toMatchObject(Array(2).fill({ code: 'service_unavailable' }));
    await expect(inspectDocument(path)).resolves.toMatchObject({ facts: { pages: 1 } });
  });

  it('never takes the process with it, whatever is wrong with the bytes', async () => {
    const sound = pdf({ pages: 2, title: 'Sound' });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(sound.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 40 }),
        async (changes) => {
          const bytes = Uint8Array.from(sound);
          for (const [at, value] of changes) bytes[at] = value;
          const result = await inspectDocument(await file(bytes)).catch((error: unknown) => error);
          if (isSystemError(result)) expect(result.code).toBe('validation_failed');
          else expect(result).toMatchObject({ facts: { pages: expect.any(Number) } });
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  });
});
