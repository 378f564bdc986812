import { describe, expect, it } from 'vitest';
import { afterQuietHours, digestDay, planDelivery } from './plan';
import { NOTIFICATION_TYPES } from './types.data';

const night = { from: '22:00', to: '07:00' };

describe('afterQuietHours', () => {
  it.each([
    ['before', '2026-07-01T21:59:00+02:00', '2026-07-01T21:59:00+02:00'],
    ['at their start', '2026-07-01T22:00:00+02:00', '2026-07-02T07:00:00+02:00'],
    ['after midnight', '2026-07-02T03:15:30+02:00', '2026-07-02T07:00:00+02:00'],
    ['at their end', '2026-07-02T07:00:00+02:00', '2026-07-02T07:00:00+02:00'],
    // 29 March 2026: clocks go from 2 to 3.
    ['over the change of clocks', '2026-03-28T23:00:00+01:00', '2026-03-29T07:00:00+02:00'],
    ['and back', '2026-10-24T23:00:00+02:00', '2026-10-25T07:00:00+01:00'],
  ])('%s', (_, now, sendAt) => {
    expect(afterQuietHours(night, new Date(now), 'Europe/Berlin')).toEqual(new Date(sendAt));
  });

  it('within one day, and none at all', () => {
    const noon = new Date('2026-07-01T12:30:00Z');
    expect(afterQuietHours({ from: '12:00', to: '13:00' }, noon, 'UTC')).toEqual(
      new Date('2026-07-01T13:00:00Z'),
    );
    expect(afterQuietHours(null, noon, 'UTC')).toEqual(noon);
    expect(afterQuietHours({ from: '12:00', to: '12:00' }, noon, 'UTC')).toEqual(noon);
  });
});

describe('planDelivery', () => {
  const at = { now: new Date('2026-07-01T23:00:00Z'), timezone: 'UTC' };
  const end = new Date('2026-07-02T07:00:00Z');
  const plan = (type: keyof typeof NOTIFICATION_TYPES, over = {}) =>
    planDelivery(
      type,
      NOTIFICATION_TYPES[type],
      { muted: [], digest: 'immediate', quietHours: night, ...over },
      at,
    );

  it.each([
    ['news wait for the morning', plan('tokens.warning'), { inApp: true, email: 'now', sendAt: end }],
    ['news go into a digest', plan('tokens.warning', { digest: 'daily' }), { inApp: true, email: 'digest' }],
    [
      'what needs a person does not wait for a digest',
      plan('publishing.failed', { digest: 'weekly' }),
      { email: 'now', sendAt: end },
    ],
    [
      'muted by mail',
      plan('publishing.failed', { muted: ['publishing.failed.email'] }),
      { inApp: true, email: 'none' },
    ],
    [
      'muted in the app',
      plan('publishing.failed', { muted: ['publishing.failed.in_app'] }),
      { inApp: false, email: 'now' },
    ],
    [
      'a receipt',
      plan('billing.receipt', { muted: ['billing.receipt.email'], digest: 'daily' }),
      { email: 'now', push: false, sendAt: at.now },
    ],
    ['a push at night is dropped', plan('publishing.failed'), { push: false }],
    [
      'by day it comes, whatever the digest',
      plan('tokens.warning', { quietHours: null, digest: 'daily' }),
      { push: true },
    ],
    [
      'unless it is switched off',
      plan('tokens.warning', { quietHours: null, muted: ['tokens.warning.push'] }),
      { inApp: true, email: 'now', push: false },
    ],
  ])('%s', (_, delivery, expected) => expect(delivery).toMatchObject(expected));
});

describe('digestDay', () => {
  it.each([
    ['daily', '2026-07-01T05:59:00Z', null],
    ['daily', '2026-07-01T06:00:00Z', '2026-07-01'],
    ['daily', '2026-07-01T09:59:00Z', '2026-07-01'],
    ['daily', '2026-07-01T10:00:00Z', null],
    ['weekly', '2026-07-01T07:00:00Z', null],
    ['weekly', '2026-07-06T07:00:00Z', '2026-07-06'],
  ] as const)('%s at %s in Berlin: %s', (digest, now, day) => {
    expect(digestDay(digest, new Date(now), 'Europe/Berlin')).toBe(day);
  });
});
