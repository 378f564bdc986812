import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonWithFiles } from '@/features/platforms/providers/json-files';

/** Chunks of any size, none of them a multiple of three by arrangement. */
const file = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });

it('carries files of any size in chunks of any size, and announces its length exactly', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 4 }), fc.string(), async (files, text) => {
      const sources = files.map((chunks) => ({
        bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
        open: async () =>
          new ReadableStream<Uint8Array>({
            start(controller) {
              for (const chunk of chunks) controller.enqueue(chunk);
              controller.close();
            },
          }),
      }));
      const value = { text, items: files.map((_, index) => ({ data: `mark-7f3a-${index}` })) };
      const { body, headers } = jsonWithFiles('mark-7f3a-', value, sources);
      const sent = Buffer.concat(await body.toArray());
      expect(sent.length).toBe(Number(headers['content-length']));
      const read = JSON.parse(sent.toString()) as { text: string; items: { data: string }[] };
      expect(read.text).toBe(text);
      expect(read.items.map(({ data }) => data)).toEqual(
        files.map((chunks) => Buffer.concat(chunks).toString('base64')),
      );
    }),
    { numRuns: 60 },
  );
});
