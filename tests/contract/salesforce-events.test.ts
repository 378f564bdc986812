import { FakeSalesforce } from '@tests/fakes/salesforce';
import { FakeSalesforceEvents } from '@tests/fakes/salesforce-events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import { FixedClock } from '@/core/time/clock';
import type { ChangeBatch, ChangeConnection } from '@/features/integrations/changes/feed';
import { SalesforceChanges } from '@/features/integrations/providers/salesforce/pubsub';
import type { OpenSecret, VendorSession } from '@/features/integrations/providers/types';

/** The fake has the interface's published description of its own: a wrong number or type on either side is not understood. */
const clock = new FixedClock('2026-11-21T10:00:00Z');
const salesforce = new FakeSalesforce(clock);
const fake = new FakeSalesforceEvents(salesforce, clock);
const CONTACT = '003000000000001AAA';
const OTHER = '003000000000002AAA';
let open: ChangeConnection;
let controller: AbortController;
let renewals = 0;

function sessionOf(): VendorSession {
  const secretOf = (): OpenSecret['secret'] => ({
    ...{ type: 'oauth2', grant: 'code', refreshToken: null, scopes: ['api'] },
    accessToken: salesforce.oauth.issue('api').accessToken,
    instanceUrl: salesforce.instanceUrl,
  });
  let held = { version: 1, secret: secretOf() };
  return {
    ...{ owner: 'test', signal: controller.signal },
    secret: async () => held,
    renew: async (version) => {
      renewals += 1;
      held = { version: version + 1, secret: secretOf() };
    },
  };
}

const connect = (session = sessionOf(), silenceMs = 10_000, url = fake.url) =>
  new SalesforceChanges({ env: { SALESFORCE_PUBSUB_URL: url }, silenceMs }).open(
    { accountId: salesforce.organizationId },
    session,
  );

/** Listens until so many batches came, or it broke. */
function listen(after: string | null, entity = 'contact', connection = open) {
  const batches: ChangeBatch[] = [];
  const options = { signal: controller.signal, accepted: () => undefined };
  const iterator = connection.listen(entity, after, options)[Symbol.asyncIterator]();
  return {
    batches,
    async next(): Promise<ChangeBatch> {
      const { value, done } = await iterator.next();
      if (done) throw new Error('It ended.');
      batches.push(value);
      return value;
    },
    end: () => iterator.return?.(),
  };
}

/** Once the fake has one more subscriber. */
async function subscribed<T>(pending: Promise<T>, many = 1): Promise<{ pending: Promise<T> }> {
  await expect.poll(() => fake.subscribers, { interval: 5 }).toBe(many);
  return { pending };
}

beforeAll(async () => {
  await salesforce.start();
  await fake.start();
});
beforeEach(async () => {
  controller = new AbortController();
  renewals = 0;
  open = await connect();
});
afterEach(async () => {
  controller.abort();
  open.close();
  await expect.poll(() => fake.subscribers, { interval: 5 }).toBe(0);
  fake.unruly = false;
});
afterAll(async () => {
  fake.stop();
  await salesforce.stop();
});

describe('changes of Salesforce', () => {
  it('are told by record from now on, and after a place what came since', async () => {
    fake.publish('Contact', 'UPDATE', [CONTACT]);
    const first = listen(null);
    const { pending } = await subscribed(first.next());
    fake.publish('Contact', 'CREATE', [OTHER.slice(0, 15)]);
    const batch = await pending;
    expect(batch.hints).toEqual([{ kind: 'records', ids: [OTHER] }]);
    await first.end();
    for (const kind of ['DELETE', 'UNDELETE', 'GAP_UPDATE', 'GAP_DELETE'])
      fake.publish('Contact', kind, [CONTACT, OTHER]);
    fake.publish('Lead', 'UPDATE', ['00Q000000000001AAA']);
    const since = await listen(batch.position).next();
    expect(since.hints).toEqual(
      Array.from({ length: 4 }, () => ({ kind: 'records', ids: [CONTACT, OTHER] })),
    );
    expect(fake.begun.slice(-2).map(({ topic, preset }) => [topic, preset])).toEqual([
      ['/data/ContactChangeEvent', 'LATEST'],
      ['/data/ContactChangeEvent', 'CUSTOM'],
    ]);
  });

  it('name no record where too many changed, or where nobody knows the schema', async () => {
    const feed = listen(null);
    const { pending } = await subscribed(feed.next());
    fake.publish('Contact', 'GAP_OVERFLOW', ['000000000000000AAA']);
    expect((await pending).hints).toEqual([{ kind: 'all' }]);
    fake.publish('Contact', 'GAP_UPDATE', ['003*']);
    expect((await feed.next()).hints).toEqual([{ kind: 'all' }]);
    fake.publish('Contact', 'UPDATE', [CONTACT], 'unknown');
    expect((await feed.next()).hints).toEqual([{ kind: 'some' }]);
    const asked = fake.schemasAsked;
    // A schema that came meanwhile is asked for once, on whatever line.
    fake.publish('Contact', 'UPDATE', [CONTACT], 'wider');
    expect((await feed.next()).hints).toEqual([{ kind: 'records', ids: [CONTACT] }]);
    fake.publish('Contact', 'UPDATE', [OTHER], 'wider');
    expect((await feed.next()).hints).toEqual([{ kind: 'records', ids: [OTHER] }]);
    expect(fake.schemasAsked - asked).toBe(1);
  });

  it('are asked for as they are taken, never more than a hundred at once', async () => {
    fake.asked.length = 0;
    const feed = listen(null);
    const { pending } = await subscribed(feed.next());
    for (let at = 0; at < 250; at += 1) fake.publish('Contact', 'UPDATE', [CONTACT]);
    let heard = (await pending).hints.length;
    // Nobody takes the next ones: no more are asked for than came.
    expect(fake.asked).toEqual([100]);
    while (heard < 250) heard += (await feed.next()).hints.length;
    expect(heard).toBe(250);
    expect(Math.max(...fake.asked)).toBeLessThanOrEqual(100);
  });

  it('leave a place to go on from where nothing happens', async () => {
    const feed = listen(null);
    const { pending } = await subscribed(feed.next());
    fake.keepalive();
    const batch = await pending;
    expect(batch).toEqual({ hints: [], position: expect.any(String) });
    await feed.end();
    fake.publish('Contact', 'UPDATE', [CONTACT]);
    expect((await listen(batch.position).next()).hints).toHaveLength(1);
  });

  it('end with what to do about it', async () => {
    const trouble = (after: string | null = null) => listen(after).next();
    fake.fail('unauthenticated');
    await expect(trouble()).rejects.toMatchObject({ trouble: 'renewed' });
    expect(renewals).toBe(1);
    const old = Buffer.alloc(8, 1).toString('base64');
    await expect(trouble(old)).rejects.toMatchObject({ trouble: 'position_refused' });
    for (const [fault, expected] of [
      ['forbidden', 'not_allowed'],
      ['limit', 'allowance'],
      ['unavailable', 'unreachable'],
    ] as const) {
      fake.fail(fault);
      await expect(trouble()).rejects.toMatchObject({ trouble: expected });
    }
    expect(renewals).toBe(1);
  });

  it('are not lost where a line breaks in the middle of them', async () => {
    const feed = listen(null);
    const { pending } = await subscribed(feed.next());
    fake.keepalive();
    const { position } = await pending;
    await feed.end();
    await expect.poll(() => fake.subscribers, { interval: 5 }).toBe(0);
    fake.publish('Contact', 'UPDATE', [CONTACT]);
    fake.publish('Contact', 'UPDATE', [OTHER]);
    fake.fail('cut', 'Contact');
    const broken = listen(position);
    const first = await broken.next();
    await expect(broken.next()).rejects.toMatchObject({ trouble: 'unreachable' });
    expect((await listen(first.position).next()).hints).toEqual([{ kind: 'records', ids: [OTHER] }]);
  });

  it('need a person where the sign-in is refused for good, and a line where nobody speaks is given up', async () => {
    const refused = new ExternalServiceError('Reconnect it.', {
      ...{ provider: 'salesforce', kind: 'auth_expired', retryable: false },
    });
    const session: VendorSession = { ...sessionOf(), renew: () => Promise.reject(refused) };
    const connection = await connect(session);
    fake.fail('unauthenticated');
    await expect(listen(null, 'contact', connection).next()).rejects.toMatchObject({ trouble: 'signed_out' });
    connection.close();
    const quiet = await connect(sessionOf(), 40);
    await expect(listen(null, 'contact', quiet).next()).rejects.toMatchObject({ trouble: 'unreachable' });
    quiet.close();
  });

  it('are not asked for over a line that is not encrypted, nor where a stranger answers', async () => {
    const calls = fake.calls;
    for (const url of [fake.url.replace('http:', 'https:'), 'https://127.0.0.1:1']) {
      const connection = await connect(sessionOf(), 10_000, url);
      await expect(listen(null, 'contact', connection).next()).rejects.toMatchObject({
        trouble: 'unreachable',
      });
      connection.close();
    }
    expect(fake.calls).toBe(calls);
  });
});
