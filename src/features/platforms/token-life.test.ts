import { describe, expect, it } from 'vitest';
import {
  healthByDates,
  maintenanceRenews,
  nextCheckAt,
  renewalDueAt,
  type TokenFacts,
  warningAt,
} from '@/features/platforms/token-life';

const now = new Date('2026-03-01T00:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
const facts = (more: Partial<TokenFacts>): TokenFacts => ({
  issuedAt: now,
  expiresAt: null,
  grantExpiresAt: null,
  refreshable: true,
  ...more,
});

describe('token life', () => {
  it('renews at 80 % of the life', () => {
    expect(renewalDueAt(facts({ expiresAt: inDays(10) }))).toEqual(inDays(8));
    expect(renewalDueAt(facts({ expiresAt: inDays(10), refreshable: false }))).toBeNull();
    expect(renewalDueAt(facts({}))).toBeNull();
  });

  it.each([
    [15, null],
    [14, 14],
    [8, 14],
    [7, 7],
    [2, 7],
    [1, 1],
    [0.1, 1],
  ])('%f days before the end the warning is %s', (days, expected) => {
    expect(warningAt(inDays(days), now)).toBe(expected);
  });

  it('tells health from the dates', () => {
    const fixed = { refreshable: false };
    expect(healthByDates(facts({ ...fixed, expiresAt: inDays(30) }), now)).toBe('healthy');
    expect(healthByDates(facts({ ...fixed, expiresAt: inDays(10) }), now)).toBe('expiring');
    expect(healthByDates(facts({ ...fixed, expiresAt: inDays(-1) }), now)).toBe('needs_reauth');
    expect(healthByDates(facts({ expiresAt: inDays(-1) }), now)).toBe('healthy');
    expect(healthByDates(facts({ expiresAt: inDays(1), grantExpiresAt: inDays(-1) }), now)).toBe(
      'needs_reauth',
    );
    expect(healthByDates(facts({ ...fixed }), now)).toBe('healthy');
  });

  it('plans the next look', () => {
    expect(nextCheckAt(facts({ expiresAt: inDays(0.1) }), now)).toEqual(inDays(7));
    expect(nextCheckAt(facts({ expiresAt: inDays(5) }), now)).toEqual(inDays(4));
    expect(nextCheckAt(facts({ refreshable: false, expiresAt: inDays(16) }), now)).toEqual(inDays(2));
    expect(nextCheckAt(facts({ refreshable: false, expiresAt: inDays(3) }), now)).toEqual(inDays(2));
    expect(nextCheckAt(facts({ refreshable: false, expiresAt: inDays(0.5) }), now)).toEqual(inDays(0.5));
  });

  it('keeps an idle grant alive', () => {
    const idle = facts({ issuedAt: inDays(-8), expiresAt: inDays(-7.9) });
    expect(maintenanceRenews(idle, now)).toBe(true);
    expect(maintenanceRenews(facts({ expiresAt: inDays(60) }), now)).toBe(false);
    expect(maintenanceRenews(facts({ issuedAt: inDays(-50), expiresAt: inDays(10) }), now)).toBe(true);
    expect(maintenanceRenews(facts({ issuedAt: inDays(-50), expiresAt: null }), now)).toBe(false);
  });
});
