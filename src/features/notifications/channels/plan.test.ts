import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNEL_EVENT_NAMES, SEVERITIES, severitiesOf } from './events.data';
import { type ChannelWishes, planMessage, rankOf, wants } from './plan';

const berlin = 'Europe/Berlin';
const night = { from: '22:00', to: '07:00' };
const wishes = (rest: Partial<ChannelWishes> = {}) => ({
  quietHours: null,
  timezone: berlin,
  digest: 'immediate' as const,
  ...rest,
});
const warning = { severity: 'warning', state: 'open' } as const;
const critical = { severity: 'critical', state: 'open' } as const;
const at = (text: string) => new Date(text);
const sent = (...parts: Parameters<typeof planMessage>) => planMessage(...parts).sendAt.toISOString();

describe('rules', () => {
  it('ask for an event from a severity on', () => {
    const rules = [{ event: 'tokens.budget', severity: 'critical' } as const];
    expect(wants(rules, 'tokens.budget', 'critical')).toBe(true);
    expect(wants(rules, 'tokens.budget', 'warning')).toBe(false);
    expect(wants(rules, 'webhooks.failing', 'critical')).toBe(false);
    expect(wants([], 'tokens.budget', 'critical')).toBe(false);
  });

  it('never let something worse pass unheard', () => {
    const event = fc.constantFrom(...CHANNEL_EVENT_NAMES);
    const severity = fc.constantFrom(...SEVERITIES);
    fc.assert(
      fc.property(event, severity, severity, severity, (name, least, one, other) => {
        const rules = [{ event: name, severity: least }];
        const [low, high] = rankOf(one) <= rankOf(other) ? [one, other] : [other, one];
        expect(!wants(rules, name, low) || wants(rules, name, high)).toBe(true);
      }),
    );
  });

  it('name severities from the least to the most urgent', () => {
    for (const name of CHANNEL_EVENT_NAMES) {
      const ranks = severitiesOf(name).map(rankOf);
      expect([...ranks].sort()).toEqual(ranks);
    }
  });
});

describe('quiet hours', () => {
  it.each([
    // Winter time: 23:00 there, and the morning is six hours of UTC away
    ['2026-01-10T22:00:00Z', '2026-01-11T06:00:00.000Z'],
    // The night in which the clocks go forward is an hour shorter
    ['2026-03-28T21:30:00Z', '2026-03-29T05:00:00.000Z'],
    ['2026-03-29T00:30:00Z', '2026-03-29T05:00:00.000Z'],
    // The night in which they go back is an hour longer, and half past two comes twice
    ['2026-10-24T20:30:00Z', '2026-10-25T06:00:00.000Z'],
    ['2026-10-25T00:30:00Z', '2026-10-25T06:00:00.000Z'],
    ['2026-10-25T01:30:00Z', '2026-10-25T06:00:00.000Z'],
    // Outside of them
    ['2026-01-10T12:00:00Z', '2026-01-10T12:00:00.000Z'],
    ['2026-01-11T06:00:00Z', '2026-01-11T06:00:00.000Z'],
  ])('%s waits until %s', (now, then) => {
    expect(sent(wishes({ quietHours: night }), warning, at(now))).toBe(then);
  });

  it('end after the gap when their end lies in it', () => {
    const quietHours = { from: '00:30', to: '02:30' };
    expect(sent(wishes({ quietHours }), warning, at('2026-03-28T23:45:00Z'))).toBe(
      '2026-03-29T01:30:00.000Z',
    );
  });

  it('let through what is critical, not that it is over', () => {
    const now = at('2026-01-10T23:00:00Z');
    expect(planMessage(wishes({ quietHours: night }), critical, now)).toEqual({
      sendAt: now,
      together: false,
    });
    const over = planMessage(wishes({ quietHours: night }), { ...critical, state: 'recovered' }, now);
    expect(over).toEqual({ sendAt: at('2026-01-11T06:00:00Z'), together: true });
  });
});

describe('digests', () => {
  it.each([
    ['hourly', berlin, '2026-05-04T09:20:30.500Z', '2026-05-04T10:00:00.000Z'],
    ['hourly', berlin, '2026-05-04T09:00:00.000Z', '2026-05-04T10:00:00.000Z'],
    // Half an hour off
    ['hourly', 'Asia/Kolkata', '2026-05-04T09:20:00Z', '2026-05-04T09:30:00.000Z'],
    ['daily', berlin, '2026-05-04T05:00:00Z', '2026-05-04T06:00:00.000Z'],
    ['daily', berlin, '2026-05-04T06:00:00Z', '2026-05-05T06:00:00.000Z'],
    // Over the change of the clocks
    ['daily', berlin, '2026-03-28T12:00:00Z', '2026-03-29T06:00:00.000Z'],
    ['daily', berlin, '2026-10-24T12:00:00Z', '2026-10-25T07:00:00.000Z'],
    ['daily', 'America/New_York', '2026-11-01T02:00:00Z', '2026-11-01T13:00:00.000Z'],
  ] as const)('%s in %s: %s → %s', (digest, timezone, now, then) => {
    expect(sent(wishes({ digest, timezone }), warning, at(now))).toBe(then);
  });

  it('hold back neither what is critical nor its end', () => {
    const now = at('2026-05-04T09:20:00Z');
    for (const state of ['open', 'recovered', 'final'] as const)
      expect(planMessage(wishes({ digest: 'daily' }), { severity: 'critical', state }, now).sendAt).toEqual(
        now,
      );
  });

  it('of one night are one message', () => {
    const hourly = wishes({ digest: 'hourly', quietHours: night });
    const slots = ['21:10', '22:40', '23:59'].map((time) =>
      sent(hourly, warning, at(`2026-01-10T${time}:00Z`)),
    );
    expect(new Set(slots)).toEqual(new Set(['2026-01-11T06:00:00.000Z']));
  });
});

const zones = ['UTC', berlin, 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Auckland'];
const clockTime = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map(([hour, minute]) => [hour, minute].map((part) => String(part).padStart(2, '0')).join(':'));

it('whatever the wishes: never into the past, never later than two days, critical at once, together only when later', () => {
  fc.assert(
    fc.property(
      fc.record({
        quietHours: fc.option(fc.record({ from: clockTime, to: clockTime }), { nil: null }),
        timezone: fc.constantFrom(...zones),
        digest: fc.constantFrom('immediate' as const, 'hourly' as const, 'daily' as const),
      }),
      fc.constantFrom(...SEVERITIES),
      fc.constantFrom('open' as const, 'recovered' as const, 'final' as const),
      fc.date({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z'), noInvalidDate: true }),
      (wanted, severity, state, now) => {
        const { sendAt, together } = planMessage(wanted, { severity, state }, now);
        const wait = sendAt.getTime() - now.getTime();
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(49 * 3600_000);
        expect(together).toBe(wait > 0);
        if (severity === 'critical' && state !== 'recovered') expect(wait).toBe(0);
      },
    ),
  );
});
