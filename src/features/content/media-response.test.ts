import { describe, expect, it } from 'vitest';
import { rangeOf } from './media-response';

describe('range header', () => {
  it.each([
    [null, null],
    ['', null],
    ['bytes=-', null],
    ['items=0-1', null],
    ['bytes=0-1,4-5', null],
    ['bytes=5-2', null],
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=0-', { start: 0, end: 100 }],
    ['bytes=90-300', { start: 90, end: 100 }],
    ['bytes=-10', { start: 90, end: 100 }],
    ['bytes=-500', { start: 0, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
  ])('%s', (header, expected) => {
    expect(rangeOf(header, 100)).toEqual(expected);
  });
});
