import { describe, expect, it } from 'vitest';
import { channelFindings } from './channel-findings';

const now = new Date('2026-01-01T00:00:00Z');
const day = 24 * 3600_000;
const in_ = (days: number) => new Date(now.getTime() + days * day);
const channel = {
  id: 'ch',
  displayName: 'Acme',
  health: 'healthy' as const,
  healthReason: null,
  grantExpiresAt: null,
  tokenExpiresAt: null,
  refreshable: true,
  limits: {},
};
const codes = (state: Partial<Parameters<typeof channelFindings>[0]>, dueAt: Date | null) =>
  channelFindings({ ...channel, ...state }, dueAt, now).map(({ code, severity }) => `${code} ${severity}`);

describe('the channel’s side', () => {
  it('stops what goes out now, and warns about what goes out later, when the owner must reconnect', () => {
    expect(codes({}, now)).toEqual([]);
    expect(codes({ health: 'needs_reauth' }, now)).toEqual(['needs_reauth error']);
    expect(codes({ health: 'needs_reauth' }, in_(1))).toEqual(['needs_reauth warning']);
    expect(codes({ health: 'needs_reauth' }, null)).toEqual(['needs_reauth warning']);
    expect(codes({ health: 'disabled' }, in_(1))).toEqual(['needs_reauth error']);
    expect(codes({ health: 'refresh_failing' }, now)).toEqual([]);
  });

  it('warns when the connection ends before the post is due, unless it renews itself', () => {
    expect(codes({ tokenExpiresAt: in_(1), refreshable: false }, in_(2))).toEqual([
      'token_expires_before_due warning',
    ]);
    expect(codes({ tokenExpiresAt: in_(1), refreshable: true }, in_(2))).toEqual([]);
    expect(codes({ grantExpiresAt: in_(1) }, in_(2))).toEqual(['token_expires_before_due warning']);
    expect(codes({ grantExpiresAt: in_(3) }, in_(2))).toEqual([]);
  });

  it('warns when the network has no room left until after the post is due', () => {
    const cap = {
      name: 'posts_day',
      scope: 'account' as const,
      limit: 50,
      remaining: 0,
      resetsAt: in_(1).toISOString(),
    };
    expect(codes({ limits: { caps: [cap] } }, now)).toEqual(['cap_exceeded warning']);
    expect(codes({ limits: { caps: [cap] } }, in_(2))).toEqual([]);
    expect(codes({ limits: { caps: [{ ...cap, remaining: 1 }] } }, now)).toEqual([]);
  });
});
