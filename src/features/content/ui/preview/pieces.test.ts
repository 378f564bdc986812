import { describe, expect, it } from 'vitest';
import { folded } from './pieces';

describe('folded text', () => {
  const segments = [
    { kind: 'text' as const, text: 'Hello ' },
    { kind: 'hashtag' as const, text: '#world' },
    { kind: 'text' as const, text: ' again' },
  ];
  it.each([
    [0, ''],
    [3, 'Hel'],
    [6, 'Hello '],
    [9, 'Hello #wo'],
    [100, 'Hello #world again'],
  ])('%i units', (units, expected) => {
    expect(
      folded(segments, units)
        .map((segment) => segment.text)
        .join(''),
    ).toBe(expected);
  });
});
