import { inspect } from 'node:util';
import { skewed } from '@tests/fakes/faults';
import { vendorAdapter, vendorSession } from '@tests/support/vendor-adapter';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { OAuth2Secret, Secret } from '@/features/integrations/credentials/schema';
import { MAPPING_TEMPLATES } from '@/features/integrations/mapping/templates.data';
import type { IntegrationAdapter, VendorSession } from '@/features/integrations/providers/types';
import { INTEGRATIONS } from '@/features/integrations/registry.data';
import { VENDOR_BENCHES, type VendorBench } from './integrations-vendors';

const redirectUri = 'http://localhost:3000/api/integrations/callback/vendor';
const codeVerifier = 'v'.repeat(43);
const MINUTE = 60_000;
/** More than any vendor's page of changes. */
const TIES = 230;
const signal = () => AbortSignal.timeout(20_000);

/** The sandbox answers from inside the process: no network, and no faults of one. `tests/emulator/sandbox-crm` tries it. */
const VENDORS = INTEGRATIONS.filter(({ sandbox }) => !sandbox).map(({ type }) => type);

it('knows every vendor that can be connected', () => {
  expect(Object.keys(VENDOR_BENCHES).sort()).toEqual([...VENDORS].sort());
});

/** What the engine relies on, whoever the vendor is. */
describe.each(VENDORS)('%s', (type) => {
  const clock = new FixedClock('2026-11-21T10:00:00Z');
  let bench: VendorBench;
  let adapter: IntegrationAdapter;
  const fields = MAPPING_TEMPLATES.filter(({ integrationType }) => integrationType === type).flatMap(
    ({ entityType, mappings }) => mappings.map(({ externalField }) => ({ entityType, externalField })),
  );

  beforeAll(async () => {
    const made = VENDOR_BENCHES[type]?.(clock);
    if (!made) throw new Error(`${type} has no bench.`);
    bench = made;
    await bench.fake.start();
    adapter = vendorAdapter(type, clock, bench.env());
  });
  afterAll(() => bench.fake.stop());
  afterEach(() => bench.fake.calm());

  const consent = async () => {
    const url = adapter.authorizationUrl({ state: 'a-state', redirectUri, codeVerifier });
    const page = await fetch(url, { redirect: 'manual' });
    const back = new URL(page.headers.get('location') ?? '').searchParams;
    expect(back.get('state')).toBe('a-state');
    return back.get('code') ?? '';
  };
  const connect = async () =>
    adapter.exchangeCode({ code: await consent(), redirectUri, codeVerifier, signal: signal() });

  const sessionOf = (secret: Secret) => vendorSession(adapter, secret, bench.settings);
  const connected = async () => sessionOf((await connect()).secret);
  const first = (session: VendorSession) =>
    adapter.fetchAll(
      session,
      bench.entity,
      null,
      fields.filter(({ entityType }) => entityType === bench.entity).map((one) => one.externalField),
    );
  /** Every page, until the list ends or leads back to where it was. */
  const all = async (session: VendorSession, atMost = 40) => {
    const ids: string[] = [];
    const seen = new Set<string>();
    let cursor: string | null = null;
    for (let page = 0; page < atMost; page += 1) {
      const { records, next } = await adapter.fetchAll(session, bench.entity, cursor, []);
      ids.push(...records.map(({ externalId }) => externalId));
      if (next === null) return { ids, circle: false };
      if (seen.has(next)) return { ids, circle: true };
      seen.add(next);
      cursor = next;
    }
    return { ids, circle: false };
  };

  /** Ids of what changed from then on until now, as often as they come. */
  const changed = async (
    session: VendorSession,
    from: Date,
    { using = adapter, entity = bench.entity, to = new Date(clock.now().getTime() + 1_000) } = {},
  ) => {
    const ids: string[] = [];
    let cursor: string | null = using.changesFrom(from, to);
    while (cursor !== null) {
      const page = await using.fetchChanges(session, entity, cursor, []);
      ids.push(...page.records.map(({ externalId }) => externalId));
      cursor = page.next;
    }
    return ids;
  };

  it('signs people in, names one account whichever way they come, and ends the grant', async () => {
    const { account, secret } = await connect();
    expect(secret).toMatchObject({ type: 'oauth2', grant: 'code', accessToken: expect.any(String) });
    expect(account.accountId).not.toBe('');
    expect((await connect()).account.accountId).toBe(account.accountId);
    if (bench.key) {
      const byKey = await adapter.authenticateKey(bench.key.good, signal());
      expect(byKey).toMatchObject({ account: { accountId: account.accountId }, secret: { type: 'api_key' } });
      const asked = bench.fake.log.length;
      await expect(adapter.authenticateKey(bench.key.malformed, signal())).rejects.toMatchObject({
        status: 400,
      });
      expect(bench.fake.log.length).toBe(asked);
    } else await expect(adapter.authenticateKey('a-key', signal())).rejects.toMatchObject({ status: 400 });
    await adapter.revoke(secret, signal());
    expect(bench.fake.oauth.accepts((secret as OAuth2Secret).accessToken)).toBe(false);
  });

  it('takes a code once, and no grant with less than is needed', async () => {
    const code = await consent();
    await adapter.exchangeCode({ code, redirectUri, codeVerifier, signal: signal() });
    await expect(
      adapter.exchangeCode({ code, redirectUri, codeVerifier, signal: signal() }),
    ).rejects.toMatchObject({ kind: 'auth_expired', outcome: 'rejected' });
    bench.withhold(true);
    await expect(connect()).rejects.toMatchObject({ vendorCode: 'missing_scope' });
    bench.withhold(false);
  });

  it('tells how it is, whose account it is, and what is left of its allowance', async () => {
    const { account, secret } = await connect();
    const health = await adapter.checkHealth(sessionOf(secret).session);
    expect(health).toMatchObject({
      health: 'healthy',
      account: { id: account.accountId, name: account.name },
    });
    expect(health.quotaLeft).toEqual(bench.tellsQuota ? expect.any(Number) : null);
    const described = await adapter.describeEntity(sessionOf(secret).session, bench.entity);
    expect(described.length).toBeGreaterThan(0);
  });

  it('gives every record once, in the order it promises, and what changed like it', async () => {
    bench.add(bench.pages);
    const { session } = await connected();
    const { ids } = await all(session);
    expect([ids.length, new Set(ids).size]).toEqual([bench.pages, bench.pages]);
    const orders = ids.map((id) => adapter.orderOf(id));
    if (!adapter.unordered) expect(orders).toEqual([...orders].sort());
    expect(new Set(await changed(session, new Date(clock.now().getTime() - 60 * MINUTE)))).toEqual(
      new Set(ids),
    );
    const some = [...ids.slice(0, 2), ids.at(-1) ?? ''];
    const found = await adapter.fetchByIds(session, bench.entity, some, []);
    expect(found.map(({ externalId }) => externalId).sort()).toEqual([...some].sort());
    const url = adapter.recordUrl(
      { accountId: 'a', accountUrl: 'https://a.test' },
      bench.entity,
      some[0] ?? '',
    );
    if (url !== null) expect(url).toMatch(/^https:\/\//);
  });

  it('shows a list that leads in a circle as one', async () => {
    const { session } = await connected();
    const { next } = await first(session);
    expect(next).not.toBeNull();
    bench.fake.fault({ on: 'read', kind: 'repeat_answer', times: 100 });
    const ended = await all(session).catch((error: unknown) => error);
    expect(ended).toMatchObject(
      ended instanceof Error ? { vendorCode: 'unexpected_shape' } : { circle: true },
    );
  });

  it('tries again what passes: limits with and without a wait, errors, resets and cut answers', async () => {
    const { session } = await connected();
    const many = (await first(session)).records.length;
    for (const kind of ['rate_limit', 'server_error', 'reset_before', 'malformed_body'] as const) {
      bench.fake.fault({ on: 'read', kind, retryAfterSeconds: 0 });
      expect((await first(session)).records).toHaveLength(many);
    }
  });

  it('says what lasts: limits and for how long, broken answers, refused requests', async () => {
    const { session } = await connected();
    const faults = [
      [
        { kind: 'rate_limit', retryAfterSeconds: 120 },
        { kind: 'rate_limit', retryAfterMs: 120_000 },
      ],
      [{ kind: 'rate_limit' }, { kind: 'rate_limit', retryable: true }],
      [{ kind: 'server_error' }, { kind: 'unavailable', retryable: true }],
      [{ kind: 'malformed_body' }, { retryable: true, vendorCode: 'malformed_body' }],
      [{ kind: 'reject' }, { kind: 'invalid_request', retryable: false }],
    ] as const;
    for (const [fault, error] of faults) {
      bench.fake.fault({ on: 'read', times: 50, ...fault });
      await expect(first(session)).rejects.toMatchObject(error);
      bench.fake.calm();
    }
  });

  it('renews a token that ended once, and goes on', async () => {
    const { session, held } = await connected();
    bench.fake.oauth.expireAll();
    await first(session);
    await first(session);
    expect(held.renewals).toBe(1);
  });

  it('tells a grant that is gone from trouble with renewing it', async () => {
    const { session, held } = await connected();
    bench.fake.oauth.expireAll();
    bench.fake.fault({ on: 'token', kind: 'server_error', times: 50 });
    await expect(first(session)).rejects.toMatchObject({ kind: 'unavailable' });
    bench.fake.calm();
    bench.fake.oauth.revokeAll();
    const gone = { kind: 'auth_expired', outcome: 'rejected' };
    await expect(adapter.refreshTokens(held.secret as OAuth2Secret, signal())).rejects.toMatchObject(gone);
    if (!bench.key) return;
    bench.key.revoke();
    const key = sessionOf({ type: 'api_key', apiKey: bench.key.good });
    key.session.renew = async () => undefined;
    await expect(first(key.session)).rejects.toMatchObject({ kind: 'auth_expired' });
  });

  it('uses the newest of tokens that rotate', async () => {
    const { session, held } = await connected();
    for (let round = 1; round <= 3; round += 1) {
      bench.fake.oauth.expireAll();
      await first(session);
      expect(held.renewals).toBe(round);
    }
  });

  it('waits for an answer that is late', async () => {
    const { session } = await connected();
    bench.fake.fault({ on: 'read', kind: 'latency', delayMs: 40 });
    expect((await first(session)).records.length).toBeGreaterThan(0);
  });

  it('takes an error that comes as a success for an error, and for no empty account', async () => {
    const { session } = await connected();
    bench.fake.fault({ on: 'read', kind: 'hollow', times: 50 });
    await expect(first(session)).rejects.toMatchObject({ name: 'ExternalServiceError' });
    await expect(changed(session, new Date(0))).rejects.toMatchObject({ name: 'ExternalServiceError' });
  });

  it('repeats no secret that the vendor repeats', async () => {
    const { session, held } = await connected();
    const { accessToken, refreshToken } = held.secret as OAuth2Secret;
    bench.fake.fault({ on: 'read', kind: 'tell_tale', times: 50 });
    const read = await first(session).catch((error: unknown) => error);
    bench.fake.calm();
    bench.fake.fault({ on: 'token', kind: 'tell_tale', times: 50 });
    const renewed = await adapter
      .refreshTokens(held.secret as OAuth2Secret, signal())
      .catch((error: unknown) => error);
    for (const error of [read, renewed]) {
      expect(error).toMatchObject({ name: 'ExternalServiceError' });
      for (const secret of [accessToken, refreshToken, bench.fake.clientSecret])
        if (secret) expect(inspect(error, { depth: 8 })).not.toContain(secret);
    }
  });

  it('finds all that share one stamp, more than a page, and what is committed late behind them', async () => {
    if (!bench.addAt) return;
    const { session } = await connected();
    const now = clock.now().getTime();
    const stamp = new Date(now + 20 * MINUTE);
    const before = new Set(await changed(session, new Date(now - 60 * MINUTE)));
    bench.addAt(TIES, stamp);
    clock.set(new Date(now + 30 * MINUTE));
    const ids = await changed(session, new Date(now));
    const fresh = ids.filter((id) => !before.has(id));
    expect([new Set(fresh).size, adapter.unordered ? TIES : fresh.length]).toEqual([TIES, TIES]);
    bench.addAt(1, new Date(stamp.getTime() - MINUTE));
    const again = await changed(session, new Date(stamp.getTime() - 10 * MINUTE));
    expect(new Set(again.filter((id) => !before.has(id))).size).toBe(TIES + 1);
  });

  it.each([4 * MINUTE, -4 * MINUTE])('works with a vendor whose clock is %i ms off', async (skew) => {
    const ours = new FixedClock(clock.now());
    const other = VENDOR_BENCHES[type]?.(skewed(ours, skew));
    if (!other) throw new Error(`${type} has no bench.`);
    await other.fake.start();
    const using = vendorAdapter(type, ours, other.env());
    const url = using.authorizationUrl({ state: 's', redirectUri, codeVerifier });
    const page = await fetch(url, { redirect: 'manual' });
    const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { secret } = await using.exchangeCode({ code, redirectUri, codeVerifier, signal: signal() });
    const { session, held } = vendorSession(using, secret, other.settings);
    other.add(3);
    ours.advance(5 * MINUTE);
    const from = new Date(ours.now().getTime() - 15 * MINUTE);
    const found = await changed(session, from, { using, entity: other.entity, to: ours.now() });
    expect([new Set(found).size, held.renewals]).toEqual([3, 0]);
    await other.fake.stop();
  });

  it('tells of each record of a batch what became of it, and of a lost answer that nothing is known', async () => {
    expect(bench.write === undefined).toBe(adapter.writer === undefined);
    if (!bench.write || !adapter.writer) return;
    const { session } = await connected();
    const [there = '', gone = ''] = (await first(session)).records.map(({ externalId }) => externalId);
    const { values, lose } = bench.write;
    lose(gone);
    const changes = [there, gone].map((externalId) => ({ externalId, values }));
    const outcomes = await adapter.writer.batchUpdate(session, bench.entity, changes);
    expect(outcomes.map(({ externalId, ok }) => [externalId, ok])).toEqual([
      [there, true],
      [gone, false],
    ]);
    bench.fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    const lost = adapter.writer.batchUpdate(session, bench.entity, changes.slice(0, 1));
    await expect(lost).rejects.toMatchObject({ outcome: 'unknown' });
  });

  it('asks and is answered as the vendor describes it, where there is a description', () => {
    console.warn(`${type}, not validated: ${bench.unvalidated}`);
    const { violations } = bench.fake as { violations?: readonly string[] };
    expect(violations ?? []).toEqual([]);
  });
});
