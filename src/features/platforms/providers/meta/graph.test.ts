import { describe, expect, it } from 'vitest';
import { classifyGraph, usageOf } from '@/features/platforms/providers/meta/graph';

const now = new Date('2026-11-21T10:00:00Z');
const said = (code: number, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  classifyGraph(
    { status: 400, headers: new Headers(headers), body: { error: { message: 'why', code, ...more } } },
    now,
  );

describe('errors of the Graph API', () => {
  it.each([
    [190, {}, { kind: 'auth_expired' }],
    [4, {}, { kind: 'rate_limit', scope: 'app' }],
    [17, {}, { kind: 'rate_limit', scope: 'account' }],
    [32, {}, { kind: 'rate_limit', scope: 'account' }],
    [613, {}, { kind: 'rate_limit', scope: 'account' }],
    [80_002, {}, { kind: 'rate_limit', scope: 'account' }],
    [368, {}, { kind: 'content_policy', retryable: false }],
    [506, {}, { kind: 'invalid_request', vendorCode: 'duplicate' }],
    [10, {}, { kind: 'invalid_request', vendorCode: 'permission' }],
    [200, {}, { kind: 'invalid_request', vendorCode: 'permission' }],
    [100, { error_subcode: 33 }, { vendorCode: 'not_found' }],
    [2, {}, { kind: 'unavailable', outcome: 'unknown' }],
    [9007, { error_subcode: 2_207_027 }, { kind: 'unavailable', retryAfterMs: 15_000 }],
    [9, { error_subcode: 2_207_042 }, { kind: 'quota', scope: 'account' }],
    [4, { error_subcode: 2_207_051 }, { kind: 'content_policy' }],
    [-2, { error_subcode: 2_207_020 }, { vendorCode: 'container_gone' }],
    [77, { is_transient: true }, { kind: 'unavailable', outcome: 'unknown' }],
  ])('%i %o', (code, more, expected) => {
    expect(said(code, more)).toMatchObject({ detail: 'why', ...expected });
  });

  it('knows when access comes back, in minutes', () => {
    const usage = JSON.stringify({ 7: [{ type: 'pages', estimated_time_to_regain_access: 12 }] });
    expect(said(32, {}, { 'x-business-use-case-usage': usage }).retryAfterMs).toBe(12 * 60_000);
    expect(said(32, {}, { 'x-business-use-case-usage': 'not json' }).retryAfterMs).toBeUndefined();
  });
});

describe('usage headers', () => {
  it('tell the tightest share that is left', () => {
    const headers = new Headers({
      'x-app-usage': JSON.stringify({ call_count: 10, total_time: 95.5, total_cputime: 1 }),
      'x-business-use-case-usage': JSON.stringify({ 7: [{ type: 'pages', call_count: 40 }] }),
    });
    expect(usageOf(headers)).toEqual({ scope: 'app', name: 'app_usage', limit: 100, remaining: 4 });
    expect(usageOf(new Headers())).toBeUndefined();
  });
});
