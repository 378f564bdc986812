import { platformEnv } from '@tests/fakes/platforms/harness';
import { outboundWorld } from '@tests/support/outbound';
import { describe, expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import { randomIds } from '@/core/ids';
import { ResilienceService } from '@/core/resilience/policy';
import { FixedClock } from '@/core/time/clock';
import { VendorHttp } from '../providers/http';
import type { VendorSession } from '../providers/types';
import { LimitAlerts } from './alerts';
import { type AskedCall, CALL_LIMIT, CallGate } from './gate';
import { type CallSubject, NO_LIMITS, pauseKey, windowsOf } from './levels';
import { IntegrationRateLimiter } from './limiter';
import { CallQueue } from './queue';

const world = outboundWorld();
const subject: CallSubject = {
  ...{ vendor: 'salesforce', organizationId: 'o', integrationId: 'int_a', accountId: 'a' },
  limits: { ...NO_LIMITS, integration: 3 },
};

/** A vendor's calls through the real gate; time passes only where somebody waits. */
function calls(failuresToOpen = 1_000) {
  const clock = new FixedClock('2026-01-01T00:00:00Z');
  const limiter = new IntegrationRateLimiter({ redis: null, instances: 1, clock, ids: randomIds });
  const alerts = new LimitAlerts({ tell: async () => undefined, clock });
  const asked: AskedCall[] = [];
  const gate = new CallGate({
    ...{ limiter, alerts, clock },
    queue: new CallQueue(clock, async (milliseconds) => clock.advance(milliseconds)),
    subject: async (id) => (id === 'int_a' ? subject : null),
    ids: randomIds,
  });
  const vendor = new VendorHttp(
    { type: 'salesforce', name: 'Salesforce', callMs: 2_000, classify: () => ({}) },
    {
      http: world.client({ allowHosts: ['127.0.0.1'] }),
      resilience: new ResilienceService({ random: () => 0, failuresToOpen }),
      clock,
      env: platformEnv({}),
      gate: {
        admit: (call) => {
          asked.push(call);
          return gate.admit(call);
        },
      },
    },
  );
  const send = (owner = 'int_a', idempotent = true) =>
    vendor.send(owner, { method: 'GET', url: world.base, idempotent });
  const look = async () => {
    const windows = windowsOf(subject, 'call');
    const pauses: [string, string] = [pauseKey(subject, null), pauseKey(subject, 'call')];
    const facts = { operation: 'call', concurrent: 25, lease: '', leaseMs: 0, queued: 0 };
    return (await limiter.look({ subject, windows, pauses, ...facts })).reading;
  };
  return { clock, vendor, send, look, asked };
}
const answer = (status: number, headers: Record<string, string> = {}) => {
  world.handler = (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end('{}');
  };
};

describe('a call to a vendor', () => {
  it('takes a place for every try, and gives it back when it is over', async () => {
    const { send, look } = calls();
    let tries = 0;
    world.handler = (_request, response) => {
      tries += 1;
      response.writeHead(tries < 3 ? 503 : 200, { 'content-type': 'application/json' }).end('{}');
    };
    await send();
    const { usage, running } = await look();
    expect([tries, usage.map(({ used }) => used), running]).toEqual([3, [3, 3, 3, 3], 0]);
  });

  it('without a place in time tells of the try that was made, not of the place', async () => {
    const { clock, send, look } = calls();
    answer(503);
    await send('int_a', false).catch(() => undefined);
    await send('int_a', false).catch(() => undefined);
    const failed = await send().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ExternalServiceError);
    expect(failed).toMatchObject({ kind: 'unavailable', vendorStatus: 503 });
    expect((await look()).running).toBe(0);
    clock.advance(60_000);
    answer(429, { 'retry-after': '120' });
    await send('int_a', false).catch(() => undefined);
    const seen = world.seen.length;
    const refused = await send().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      ...{ kind: 'rate_limit', outcome: 'not_sent', vendorCode: CALL_LIMIT, retryable: true },
      retryAfterMs: 120_000,
    });
    expect(world.seen.length).toBe(seen);
  });

  it('that is not made at all leaves no place taken', async () => {
    const { send, look, clock } = calls(1);
    answer(503);
    await send('int_a', false).catch(() => undefined);
    clock.advance(20_000);
    await expect(send('int_a', false)).rejects.toMatchObject({ vendorCode: 'circuit_open' });
    expect((await look()).running).toBe(0);
  });

  it('goes by the allowance that answers tell', async () => {
    const { send, look, clock } = calls();
    answer(200, { 'sforce-limit-info': 'api-usage=4600/5000' });
    await send();
    expect(await look()).toMatchObject({ multiplier: 0.8, quota: { limit: 5_000, left: 400 } });
    clock.advance(120_000);
    expect((await look()).multiplier).toBe(0.9);
  });

  it('of no connection is not counted; one of a session has the session’s priority', async () => {
    const { send, look, vendor, asked } = calls();
    answer(200);
    for (let call = 0; call < 5; call += 1) await send('connect');
    expect((await look()).usage[1]?.used).toBe(0);
    const session: VendorSession = {
      ...{ owner: 'int_a', priority: 'low', signal: new AbortController().signal },
      secret: async () => ({ version: 1, secret: { type: 'api_key', apiKey: 'k' } }),
      renew: async () => undefined,
    };
    await vendor.withSecret(session, () => send());
    expect(asked.at(-1)).toMatchObject({ priority: 'low', owner: 'int_a' });
    expect((await look()).usage[1]?.used).toBe(1);
  });
});
