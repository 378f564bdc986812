import { describe, expect, it } from 'vitest';
import { classifyBluesky, pointsLeft } from '@/features/platforms/providers/bluesky/api';

const now = new Date('2026-11-22T00:00:00Z');

describe('pointsLeft', () => {
  const told = (policy: string | undefined) =>
    pointsLeft(
      new Headers({
        'ratelimit-limit': '5000',
        'ratelimit-remaining': '12',
        'ratelimit-reset': '1795309200',
        ...(policy ? { 'ratelimit-policy': policy } : {}),
      }),
    );

  it('reads the allowance of the account', () => {
    const resetsAt = new Date(1_795_309_200_000);
    const left = { scope: 'account', limit: 5_000, remaining: 12, resetsAt };
    expect(told('5000;w=3600')).toEqual({ ...left, name: 'points_hour' });
    expect(told('35000;w=86400')).toEqual({ ...left, name: 'points_day' });
  });

  it('does not take the calls of our address for it', () => {
    expect(told('3000;w=300')).toBeUndefined();
    expect(told(undefined)).toBeUndefined();
  });
});

describe('classifyBluesky', () => {
  const said = (status: number, error: string, message = 'x') =>
    classifyBluesky({ status, headers: new Headers(), body: { error, message } }, now);

  it.each([
    [400, 'ExpiredToken', 'Token has been revoked'],
    [400, 'InvalidToken', 'Token could not be verified'],
    [401, 'AccountDeactivated', 'Account is deactivated'],
    [401, 'AccountTakedown', 'Account has been taken down'],
    [403, 'AccountNotFound', 'Account not found'],
    [400, 'InvalidRequest', 'Could not find user info for account: did:plc:ewvi7nxzyoun6zhxrhs64oiz'],
  ])('%i %s (%s) is about the sign-in', (status, error, message) => {
    expect(said(status, error, message)).toMatchObject({ kind: 'auth_expired', outcome: 'rejected' });
  });

  it.each([
    [400, 'InvalidRequest', 'Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 400)'],
    [413, 'PayloadTooLarge', 'request entity too large'],
    [500, 'InternalServerError', 'Internal Server Error'],
    [502, 'UpstreamFailure', 'Upstream service unreachable'],
  ])('%i %s (%s) is not', (status, error, message) => {
    expect(said(status, error, message).kind).toBeUndefined();
  });
});
