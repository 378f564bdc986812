import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrandGuard } from './brand-guard';
import { brandRules, compileRules, findings, worstOf } from './brand-rules';
import { StreamGuard } from './stream-guard';

const rules = brandRules.parse({
  bannedWords: ['cheap', 'Gewinn-Garantie', 'c++'],
  competitors: ['Acme Corp'],
  forbiddenClaims: ['guaranteed results'],
  disclosures: [{ when: 'sponsored', require: '#ad' }],
});
const compiled = compileRules(rules);
const kinds = (text: string) => findings(text, compiled).map(({ kind, verdict }) => `${kind}:${verdict}`);

describe('local rules', () => {
  it.each([
    ['A CHEAP trick', ['banned_word:block']],
    ['cheaper and cheapest', []],
    ['Mit Gewinn-Garantie!', ['banned_word:block']],
    ['we love C++ here', ['banned_word:block']],
    ['better than acme  corp', ['competitor:flag']],
    ['Guaranteed\nresults for all', ['forbidden_claim:block']],
    ['sponsored by us', ['missing_disclosure:flag']],
    ['sponsored by us #ad', []],
    ['mail ada@example.com', ['personal_data:flag']],
    ['call +43 660 1234567', ['personal_data:flag']],
    ['card 4242 4242 4242 4242', ['personal_data:block']],
    ['order 4242 4242 4242 4241', []],
    ['IBAN AT61 1904 3002 3457 3201', ['personal_data:flag']],
    ['Nothing to see, 1 200 people came in 2026.', []],
  ])('%s', (text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });

  it('is linear on hostile text', () => {
    const started = performance.now();
    findings(`${'a@'.repeat(20_000)} ${'4'.repeat(20_000)} ${'+1 '.repeat(10_000)}`, compiled);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('a guarded stream', () => {
  /** Pushes a text in chunks of the given sizes and returns what was visible. */
  function play(text: string, sizes: readonly number[]): { shown: string; blocked: boolean } {
    const guard = new StreamGuard(compiled);
    let shown = '';
    let at = 0;
    for (let index = 0; at < text.length; index += 1) {
      const size = Math.max(1, sizes[index % sizes.length] ?? 1);
      const result = guard.push(text.slice(at, at + size));
      at += size;
      if ('blocked' in result) return { shown, blocked: true };
      shown += result.show;
    }
    const rest = guard.end();
    return 'blocked' in rest ? { shown, blocked: true } : { shown: shown + rest.show, blocked: false };
  }

  it('property: shows a clean text whole, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.lorem({ maxCount: 40 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
        (text, sizes) => {
          expect(play(text, sizes)).toEqual({ shown: text, blocked: false });
        },
      ),
    );
  });

  it('property: never shows any part of a blocked phrase', () => {
    fc.assert(
      fc.property(
        fc.lorem({ maxCount: 12 }),
        fc.constantFrom('cheap', 'guaranteed results', '4242 4242 4242 4242'),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        (text, phrase, sizes) => {
          const { shown, blocked } = play(`${text} ${phrase} and more words after it`, sizes);
          expect(blocked).toBe(true);
          expect(`${text} `.startsWith(shown)).toBe(true);
        },
      ),
    );
  });

  it('passes everything at once where nothing is blocked', () => {
    const open = new StreamGuard(compileRules(brandRules.parse({ personalData: 'allow' })));
    expect(open.push('abc')).toEqual({ show: 'abc' });
  });
});

describe('the guard', () => {
  const options = { moderation: true, signal: new AbortController().signal };
  const guard = (result: 'flagged' | 'clean' | 'down' | 'absent') =>
    new BrandGuard(() =>
      result === 'absent'
        ? undefined
        : {
            moderate: async () => {
              if (result === 'down') throw new Error('down');
              return { flagged: result === 'flagged', categories: ['violence'] };
            },
          },
    );

  it('blocks what moderation objects to', async () => {
    expect(await guard('flagged').checkOutput(['x'], compiled, options)).toMatchObject({ verdict: 'block' });
    expect(await guard('clean').checkOutput(['x'], compiled, options)).toEqual({
      verdict: 'allow',
      warnings: [],
    });
  });

  it.each(['down', 'absent'] as const)('flags when moderation is %s', async (state) => {
    const checked = await guard(state).checkOutput(['x'], compiled, options);
    expect(checked.verdict).toBe('flag');
    expect(checked.warnings[0]?.kind).toBe('moderation_unreachable');
  });

  it('blocks a brief with a banned word, but only flags a text that is to be rewritten', async () => {
    const input = (task: 'post_text' | 'rewrite') =>
      guard('clean').checkInput(['a cheap trick'], compiled, { ...options, task });
    expect((await input('post_text')).verdict).toBe('block');
    expect((await input('rewrite')).verdict).toBe('flag');
  });

  it('the worst finding decides', () => {
    expect(worstOf([])).toBe('allow');
    expect(worstOf(findings('acme corp is cheap', compiled))).toBe('block');
  });
});
