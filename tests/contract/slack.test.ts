import { FakeSlack } from '@tests/fakes/slack';
import { vendorAdapter, vendorSession } from '@tests/support/vendor-adapter';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type {
  IntegrationAdapter,
  VendorMessenger,
  VendorSession,
} from '@/features/integrations/providers/types';

const clock = new FixedClock('2026-11-21T10:00:00Z');
const fake = new FakeSlack(clock);
let adapter: IntegrationAdapter;
let session: VendorSession;

beforeAll(async () => {
  await fake.start();
  adapter = vendorAdapter('slack', clock, fake.env());
  ({ session } = vendorSession(adapter, { type: 'api_key', apiKey: fake.key }));
});
afterAll(() => fake.stop());
afterEach(() => {
  fake.calm();
  fake.channels.clear();
  fake.users.clear();
  fake.messages.length = 0;
  clock.advance(10_000);
});

const idsOf = (records: readonly { externalId: string }[]) => records.map(({ externalId }) => externalId);

describe('records', () => {
  it('are people who are there, with those whose account was closed apart, and channels, archived ones too', async () => {
    const [ann, bob] = [fake.addUser('Ann Ito'), fake.addUser('Bob')];
    bob.deleted = true;
    const all = await adapter.fetchAll(session, 'user', null, []);
    expect(idsOf(all.records)).toEqual([ann.id]);
    expect(all.records[0]?.data).toMatchObject({ called: 'Ann' });
    expect(await adapter.fetchDeleted(session, 'user', null)).toEqual({ ids: [bob.id], next: null });
    expect(idsOf(await adapter.fetchByIds(session, 'user', [ann.id, bob.id, 'U404'], []))).toEqual([ann.id]);
    const channel = fake.addChannel('general');
    channel.archived = true;
    expect((await adapter.fetchAll(session, 'channel', null, [])).records[0]?.data).toMatchObject({
      is_archived: true,
    });
    const found = await adapter.fetchByIds(session, 'channel', [channel.id, 'C404'], []);
    expect(idsOf(found)).toEqual([channel.id]);
  });

  it('need permissions, which a refused call names', async () => {
    fake.keyScopes = 'channels:read';
    const asked = adapter.authenticateKey(fake.key, AbortSignal.timeout(10_000));
    await expect(asked).rejects.toMatchObject({
      ...{ vendorCode: 'missing_scope', message: expect.stringContaining('users:read, chat:write') },
    });
  });
});

describe('messages', () => {
  const post = (channel: string, text: string, blocks?: Record<string, unknown>[]) => {
    const messenger = adapter.messenger as VendorMessenger;
    return messenger.post(session, { channel, text, ...(blocks ? { blocks } : {}) });
  };

  it('arrive once, and say where', async () => {
    const { id } = fake.addChannel('general');
    const posted = await post(id, 'Posted to 3 of 4 channels.', [{ type: 'divider' }]);
    expect(posted).toEqual({ channel: id, messageId: expect.stringMatching(/^\d+\.\d{6}$/) });
    expect(fake.messages.map(({ text }) => text)).toEqual(['Posted to 3 of 4 channels.']);
    await expect(post(id, 'x', Array(51).fill({ type: 'divider' }))).rejects.toMatchObject({ status: 400 });
  });

  it('are refused with 200, and a channel takes one a second', async () => {
    const { id } = fake.addChannel('general');
    await expect(post('C404', 'x')).rejects.toMatchObject({
      ...{ kind: 'invalid_request', vendorCode: 'channel_not_found', outcome: 'rejected' },
    });
    await post(id, 'one');
    await expect(post(id, 'two')).rejects.toMatchObject({ kind: 'rate_limit', retryAfterMs: 1_000 });
    clock.advance(1_000);
    await post(id, 'two');
    expect(fake.messages.map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('are never sent again by themselves when the answer is lost, or Slack broke in the middle', async () => {
    const { id } = fake.addChannel('general');
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await expect(post(id, 'one')).rejects.toMatchObject({ outcome: 'unknown' });
    clock.advance(1_000);
    fake.fault({ on: 'commit', kind: 'server_error' });
    await expect(post(id, 'two')).rejects.toMatchObject({ kind: 'unavailable', outcome: 'unknown' });
    expect(fake.messages).toHaveLength(1);
  });

  it('and all else went as Slack describes it', () => {
    expect(fake.violations).toEqual([]);
    const { contract } = fake;
    // The check itself finds what is wrong; without the description it says what was not checked.
    const wrong = [
      ...contract.response('get', 'auth.test', { ok: true }),
      ...contract.request('post', 'chat.postMessage', ['chanel']),
    ];
    expect(contract.missing ?? wrong).not.toEqual([]);
  });
});
