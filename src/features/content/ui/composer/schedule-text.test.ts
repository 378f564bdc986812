import { describe, expect, it } from 'vitest';
import { suggestedTime, verdictOf, zoneOptions } from './schedule-text';

const now = new Date('2026-03-01T12:03:00Z');
const choice = (
  localTime: string,
  zone = 'Europe/Berlin',
  disambiguation: 'earlier' | 'later' = 'earlier',
) => ({ localTime, zone, disambiguation });

describe('schedule choice', () => {
  it('suggests a quarter of an hour that leaves time to think', () => {
    expect(suggestedTime(now, 'Europe/Berlin')).toBe('2026-03-01T13:15');
    expect(suggestedTime(new Date('2026-03-01T12:05:00Z'), 'UTC')).toBe('2026-03-01T12:15');
    expect(suggestedTime(new Date('2026-03-01T12:05:01Z'), 'UTC')).toBe('2026-03-01T12:30');
  });

  it('says what the clocks do with a time', () => {
    expect(verdictOf(choice('2026-03-28T02:30'), now)).toMatchObject({
      kind: 'exact',
      shown: '2026-03-28T02:30',
    });
    expect(verdictOf(choice('2026-03-29T02:30'), now)).toMatchObject({
      kind: 'gap',
      shown: '2026-03-29T03:30',
    });
    expect(verdictOf(choice('2026-10-25T02:30'), now)).toMatchObject({
      kind: 'overlap',
      instant: new Date('2026-10-25T00:30:00Z'),
    });
    expect(verdictOf(choice('2026-10-25T02:30', 'Europe/Berlin', 'later'), now)).toMatchObject({
      instant: new Date('2026-10-25T01:30:00Z'),
    });
    expect(verdictOf(choice('2026-03-01T13:03'), now).kind).toBe('past');
    expect(verdictOf(choice(''), now).kind).toBe('invalid');
    expect(verdictOf(choice('2026-03-28T02:30', 'Mars/Olympus'), now).kind).toBe('invalid');
  });

  it('offers the zones people use first', () => {
    expect(zoneOptions(['Asia/Tokyo', 'Europe/Berlin', 'Asia/Tokyo']).slice(0, 3)).toEqual([
      'Asia/Tokyo',
      'Europe/Berlin',
      'UTC',
    ]);
  });
});
