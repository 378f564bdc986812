import { describe, expect, it } from 'vitest';
import { isZone, localOf, localTimeSchema, resolveLocal, zoneSchema } from './zones';

describe('resolveLocal', () => {
  it.each([
    // zone, wall time, instant, kind
    ['Europe/Berlin', '2026-03-28T02:30', '2026-03-28T01:30:00Z', 'exact'],
    ['Europe/Berlin', '2026-03-29T01:59', '2026-03-29T00:59:00Z', 'exact'],
    ['Europe/Berlin', '2026-03-29T02:00', '2026-03-29T01:00:00Z', 'gap'],
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30:00Z', 'gap'],
    ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00:00Z', 'exact'],
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00Z', 'overlap'],
    ['Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00:00Z', 'exact'],
    ['America/New_York', '2026-03-08T02:15', '2026-03-08T07:15:00Z', 'gap'],
    ['America/New_York', '2026-11-01T01:15', '2026-11-01T05:15:00Z', 'overlap'],
    // Half an hour of daylight saving
    ['Australia/Lord_Howe', '2026-10-04T02:10', '2026-10-03T15:40:00Z', 'gap'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45:00Z', 'overlap'],
    ['Asia/Kathmandu', '2026-01-01T05:45', '2026-01-01T00:00:00Z', 'exact'],
    // Samoa left out a whole day
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T22:00:00Z', 'gap'],
    ['Pacific/Kiritimati', '2026-01-01T00:00', '2025-12-31T10:00:00Z', 'exact'],
    ['UTC', '2024-02-29T00:00', '2024-02-29T00:00:00Z', 'exact'],
  ])('%s %s → %s (%s)', (zone, local, instant, kind) => {
    const resolved = resolveLocal(local, zone);
    expect(resolved.instant.toISOString()).toBe(new Date(instant).toISOString());
    expect(resolved.kind).toBe(kind);
  });

  it('takes the second of two on demand', () => {
    const later = resolveLocal('2026-10-25T02:30', 'Europe/Berlin', 'later');
    expect(later).toEqual({ instant: new Date('2026-10-25T01:30:00Z'), kind: 'overlap' });
    const lordHowe = resolveLocal('2026-04-05T01:45', 'Australia/Lord_Howe', 'later');
    expect(lordHowe.instant).toEqual(new Date('2026-04-04T15:15:00Z'));
  });

  it('moves a skipped time forward by the gap', () => {
    expect(localOf(resolveLocal('2026-03-29T02:30', 'Europe/Berlin').instant, 'Europe/Berlin')).toBe(
      '2026-03-29T03:30',
    );
    expect(
      localOf(resolveLocal('2026-10-04T02:10', 'Australia/Lord_Howe').instant, 'Australia/Lord_Howe'),
    ).toBe('2026-10-04T02:40');
  });

  it.each([
    '2026-02-30T10:00',
    '2026-13-01T10:00',
    '2026-01-01T24:00',
    '2026-01-01',
    '2026-01-01T10:00Z',
    '',
  ])('refuses %j', (local) => {
    expect(() => resolveLocal(local, 'UTC')).toThrow(RangeError);
    expect(localTimeSchema.safeParse(local).success).toBe(false);
  });

  it('refuses an unknown zone', () =>
    expect(() => resolveLocal('2026-01-01T10:00', 'Mars/Base')).toThrow(RangeError));
});

describe('zones', () => {
  it.each(['Europe/Berlin', 'UTC', 'Asia/Kathmandu', 'America/Argentina/Buenos_Aires'])(
    '%s is one',
    (zone) => {
      expect(isZone(zone)).toBe(true);
    },
  );
  it.each(['+02:00', '-05:00', 'Europe/Nowhere', '', 'Berlin time', '../etc'])('%j is none', (zone) => {
    expect(zoneSchema.safeParse(zone).success).toBe(false);
  });
});
