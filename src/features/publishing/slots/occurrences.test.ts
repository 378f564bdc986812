import { describe, expect, it } from 'vitest';
import { slotTimes } from './occurrences';

const slot = (over: object = {}) => ({
  id: 'slot_a',
  connectionId: 'ch',
  weekday: 1,
  localTime: '09:00',
  zone: 'Europe/Berlin',
  label: '',
  ...over,
});
const times = (slots: Parameters<typeof slotTimes>[0], from: string, to: string) =>
  slotTimes(slots, new Date(from), new Date(to)).map(({ at }) => at.toISOString().slice(0, 16));

describe('slotTimes', () => {
  it('keeps the wall time across both changes of the clocks', () => {
    expect(times([slot()], '2026-03-22T00:00Z', '2026-04-06T00:00Z')).toEqual([
      '2026-03-23T08:00',
      '2026-03-30T07:00',
    ]);
    expect(times([slot()], '2026-10-19T00:00Z', '2026-10-27T00:00Z')).toEqual([
      '2026-10-19T07:00',
      '2026-10-26T08:00',
    ]);
  });

  it('moves a skipped time forward, and takes the first of two equal ones', () => {
    const night = slot({ weekday: 7, localTime: '02:30' });
    expect(times([night], '2026-03-28T00:00Z', '2026-03-30T00:00Z')).toEqual(['2026-03-29T01:30']);
    expect(times([night], '2026-10-24T00:00Z', '2026-10-26T00:00Z')).toEqual(['2026-10-25T00:30']);
  });

  it('includes the start and not the end, in zones a day apart', () => {
    const far = slot({ zone: 'Pacific/Kiritimati', localTime: '00:00' });
    expect(times([far], '2026-01-04T10:00Z', '2026-01-11T10:00Z')).toEqual(['2026-01-04T10:00']);
  });

  it('counts slots of a channel that fall on one instant once, and those of two channels twice', () => {
    const twin = slot({ id: 'slot_b', localTime: '08:00', zone: 'UTC' });
    const window = ['2026-01-05T00:00Z', '2026-01-06T00:00Z'] as const;
    expect(times([slot(), twin], ...window)).toEqual(['2026-01-05T08:00']);
    expect(times([slot(), { ...twin, connectionId: 'other' }], ...window)).toHaveLength(2);
  });
});
