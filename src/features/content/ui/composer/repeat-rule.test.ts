import { describe, expect, it } from 'vitest';
import { occurrencesOf, requireRule } from '../../recurrence/rule';
import { repeatOf, repeatsFor, rruleOf } from './repeat-rule';

describe('rruleOf', () => {
  it('every choice is a rule that the first time fits', () => {
    for (const localTime of [
      '2026-01-05T09:00',
      '2026-01-30T09:00',
      '2026-02-28T23:59',
      '2028-02-29T00:00',
    ]) {
      for (const repeat of repeatsFor(localTime)) {
        const rrule = rruleOf(repeat, localTime, repeat === 'daily' ? 10 : null);
        if (repeat === 'never') expect(rrule).toBeNull();
        else requireRule({ rrule: rrule ?? '', localTime, zone: 'Europe/Berlin' }, 'rrule');
      }
    }
  });

  it('the last days of a month become the last day of a shorter one', () => {
    const repetition = {
      rrule: rruleOf('monthly', '2026-01-30T09:00', null) ?? '',
      localTime: '2026-01-30T09:00',
      zone: 'UTC',
    };
    const days = occurrencesOf(repetition, new Date('2026-01-01'), new Date('2026-05-01'));
    expect(days.map((one) => one.localTime.slice(5, 10))).toEqual(['01-30', '02-28', '03-30', '04-30']);
  });

  it('a weekend is no beginning of a working week', () => {
    expect(repeatsFor('2026-02-28T09:00')).not.toContain('weekdays');
    expect(repeatsFor('2026-02-27T09:00')).toContain('weekdays');
  });

  it('says nothing of a time that is none', () => expect(rruleOf('daily', '', null)).toBeNull());
});

describe('repeatOf', () => {
  it('reads back every choice, with how often, and knows what it does not know', () => {
    const localTime = '2026-01-29T09:00';
    for (const repeat of repeatsFor(localTime).filter((one) => one !== 'never'))
      for (const times of [null, 7])
        expect(repeatOf(rruleOf(repeat, localTime, times) ?? '', localTime)).toEqual({ repeat, times });
    expect(repeatOf('FREQ=WEEKLY;COUNT=3', localTime)).toEqual({ repeat: 'weekly', times: 3 });
    expect(repeatOf('FREQ=YEARLY', localTime)).toEqual({ repeat: null, times: null });
  });
});
