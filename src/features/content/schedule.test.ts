import { describe, expect, it } from 'vitest';
import { dueOf, resolveSchedule } from './schedule';

const now = new Date('2026-03-01T12:00:00Z');
const at = (localTime: string, zone = 'Europe/Berlin') =>
  resolveSchedule({ mode: 'at', localTime, zone }, now);

describe('schedule', () => {
  it('has no time for a draft and this moment for now', () => {
    expect(resolveSchedule({ mode: 'draft' }, now)).toEqual({ schedule: { mode: 'draft' }, due: null });
    expect(resolveSchedule({ mode: 'now' }, now).due).toEqual({
      dueAt: now,
      localTime: '2026-03-01T12:00',
      zone: 'UTC',
    });
  });

  it('turns local time and zone into an instant, through gaps and overlaps', () => {
    expect(at('2026-03-28T10:00').due?.dueAt).toEqual(new Date('2026-03-28T09:00:00Z'));
    expect(at('2026-03-29T02:30').due?.dueAt).toEqual(new Date('2026-03-29T01:30:00Z'));
    expect(at('2026-10-25T02:30').due?.dueAt).toEqual(new Date('2026-10-25T00:30:00Z'));
    const later = resolveSchedule(
      { mode: 'at', localTime: '2026-10-25T02:30', zone: 'Europe/Berlin', disambiguation: 'later' },
      now,
    );
    expect(later.due?.dueAt).toEqual(new Date('2026-10-25T01:30:00Z'));
    expect(later.schedule).toMatchObject({
      disambiguation: 'later',
      localTime: '2026-10-25T02:30',
      zone: 'Europe/Berlin',
    });
  });

  it('takes a time up to two minutes past and no older one', () => {
    expect(at('2026-03-01T12:58').due?.dueAt).toEqual(new Date('2026-03-01T11:58:00Z'));
    expect(() => at('2026-03-01T12:57')).toThrow(
      expect.objectContaining({ faults: [expect.objectContaining({ path: 'body.schedule.localTime' })] }),
    );
  });

  it('gives a stored schedule back as a due time', () => {
    expect(dueOf({ mode: 'draft' })).toBeNull();
    expect(dueOf({ mode: 'now', dueAt: now })).toEqual({
      dueAt: now,
      localTime: '2026-03-01T12:00',
      zone: 'UTC',
    });
  });
});
