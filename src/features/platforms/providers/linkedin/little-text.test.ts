import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLittleText, toLittleText } from '@/features/platforms/providers/linkedin/little-text';

describe('little text', () => {
  it.each([
    ['Irises (blue) & <white>', 'Irises \\(blue\\) & \\<white\\>'],
    ['a_b *c* ~d~ |e| {f} [g] @h \\i', 'a\\_b \\*c\\* \\~d\\~ \\|e\\| \\{f\\} \\[g\\] \\@h \\\\i'],
    ['#garden now', '{hashtag|\\#|garden} now'],
    ['(#spring_2026)', '\\({hashtag|\\#|spring\\_2026}\\)'],
    ['#1 and C#', '\\#1 and C\\#'],
    ['https://example.com/a#part', 'https://example.com/a\\#part'],
  ])('%s', (plain, little) => expect(toLittleText(plain)).toBe(little));

  it('gives back what was written, whatever it was', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab1 #@_*()[]{}<>|\\~\n/&é'), maxLength: 60 }),
        (text) => {
          expect(fromLittleText(toLittleText(text))).toBe(text);
        },
      ),
    ));

  it('leaves no reserved sign bare', () =>
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const bare = toLittleText(text)
          .replaceAll(/\{hashtag\|\\#\|(?:\\.|[^}\\])*\}/g, '')
          .replaceAll(/\\./gs, '');
        expect(bare).not.toMatch(/[\\|{}@[\]()<>#*_~]/);
      }),
    ));
});
