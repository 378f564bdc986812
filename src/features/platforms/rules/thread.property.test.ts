import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterFor } from '@/features/platforms/rules/counting';
import { splitThread } from '@/features/platforms/rules/thread';

const squeeze = (text: string) => text.replace(/\s+/g, '');
const words = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom('👨‍👩‍👧‍👦', '日本語', 'https://example.com/a/long/path/here', 'End.', '\n\n'),
    ),
    {
      maxLength: 200,
    },
  )
  .map((parts) => parts.join(' '));

describe('splitThread', () => {
  it.each(['x', 'bluesky', 'mastodon', 'threads', 'sandbox'] as const)(
    '%s: every part fits and nothing is lost',
    async (platform) => {
      const counter = await counterFor(platform);
      await fc.assert(
        fc.asyncProperty(words, fc.boolean(), async (text, numbered) => {
          const parts = await splitThread(platform, text, { numbered });
          for (const part of parts) {
            const { used, max } = counter.count(part);
            expect(used).toBeLessThanOrEqual(max);
            expect(part.trim()).not.toBe('');
          }
          const plain =
            numbered && parts.length > 1 ? parts.map((part) => part.replace(/ \d+\/\d+$/, '')) : parts;
          expect(squeeze(plain.join(''))).toBe(squeeze(text));
        }),
        { numRuns: 40 },
      );
    },
  );

  it('breaks at paragraphs, then sentences, then words', async () => {
    const sentence = 'An iris is a flower with a beard. ';
    const paragraphs = await splitThread('x', `${sentence.repeat(6)}\n\n${sentence.repeat(6)}`);
    expect(paragraphs).toHaveLength(2);
    expect(paragraphs[0]).toBe(sentence.repeat(6).trim());
    const sentences = await splitThread('x', sentence.repeat(20));
    expect(sentences.every((part) => part.endsWith('.'))).toBe(true);
    const long = await splitThread('x', 'flower '.repeat(100));
    expect(long.every((part) => part.split(' ').every((word) => word === 'flower'))).toBe(true);
  });

  it('cuts a word only when it is longer than a part', async () => {
    expect((await splitThread('x', 'a'.repeat(600))).map((part) => part.length)).toEqual([280, 280, 40]);
  });

  it('numbers parts within the limit', async () => {
    const parts = await splitThread('x', 'flower '.repeat(500), { numbered: true });
    expect(parts.length).toBeGreaterThan(9);
    expect(parts[0]).toMatch(new RegExp(` 1/${parts.length}$`));
  });
});
