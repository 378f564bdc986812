import { describe, expect, it } from 'vitest';
import { matchesAll, searchOf, subtitleOf, termsOf, titleOf } from './record-words';

describe('a record’s words', () => {
  it.each([
    ['contact', { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@x.test' }, 'Ada Lovelace'],
    ['contact', { firstName: null, email: 'ada@x.test' }, 'ada@x.test'],
    ['lead', { firstName: 'Ada', lastName: 'King' }, 'Ada King'],
    ['company', { domain: 'x.test' }, 'x.test'],
    ['deal', { name: 'Spring' }, 'Spring'],
    ['deal', {}, '#7'],
  ] as const)('a %s is called by what it has', (entity, fields, title) => {
    expect(titleOf(entity, fields, '7')).toBe(title);
  });

  it('are found by their beginnings, whatever the accents and capitals', () => {
    const title = 'Zoë Müller-Lüdenscheidt';
    const terms = termsOf(title, 'zoe@firma.test');
    expect(terms).toContain('zo');
    expect(terms).toContain('ludensch');
    const search = searchOf('Ludenscheidt ZOË');
    expect(terms).toContain(search?.term);
    expect(matchesAll(title, '', search?.words ?? [])).toBe(true);
    expect(matchesAll(title, '', ['ludenscheid', 'anna'])).toBe(false);
    expect(searchOf(' - a ')).toBeNull();
  });

  it('stay few', () => {
    expect(
      termsOf(`${'word '.repeat(100)}a1 b2 c3 d4 e5 f6 g7 h8`, 'x'.repeat(200)).length,
    ).toBeLessThanOrEqual(42);
    expect(subtitleOf('deal', { stage: 'won', amount: '100' })).toBe('won · 100');
  });
});
