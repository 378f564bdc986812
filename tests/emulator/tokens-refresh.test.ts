import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { outboxModel } from '@/core/events/outbox';
import { FixedClock } from '@/core/time/clock';
import { addMonthsClamped } from '@/core/time/periods';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { TokenLedger } from '@/features/tokens/ledger';
import { OwnerLanes } from '@/features/tokens/owner-lanes';
import { TokenRefresh } from '@/features/tokens/refresh';
import { TokenRepository } from '@/features/tokens/repository';
import { pooledOwnerId, tokenBalanceModel, tokenTransactionModel } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';

/**
 * A run refreshes everybody who is due, and all suites share one emulator: these tests live in the past, where nobody else's
 * balances are due, each in years of its own.
 */
const DAY_MS = 24 * 3600_000;
const NEVER = new AbortController().signal;

function world(start: string) {
  const clock = new FixedClock(start);
  const repository = new TokenRepository(core.db, core.outbox, clock);
  const lanes = new OwnerLanes(
    (ownerId, commands) => repository.post(ownerId, commands),
    Math.random,
    (ms) => sleep(ms),
  );
  const accounts = {
    accountOf: async (organizationId: string) => ({
      ownerId: pooledOwnerId(organizationId),
      userId: null,
      organizationId,
      tier: 'free' as const,
      seats: 1,
    }),
  };
  const service = new TokenService(repository, lanes, accounts, clock);
  const refresh = new TokenRefresh(repository, lanes, clock);
  const ledger = new TokenLedger(repository, lanes, service, clock);
  const run = () => refresh.run({ until: new Date(clock.now().getTime() + 60_000), signal: NEVER });
  const open = async (at?: Date) => {
    const owner = { userId: 'u', organizationId: `o-${randomUUID()}` };
    await service.openAccount(owner, 'free', at);
    return { ...owner, ownerId: pooledOwnerId(owner.organizationId) };
  };
  return { clock, repository, service, refresh, ledger, run, open };
}
type World = ReturnType<typeof world>;
const audit = ({ repository }: World, ownerId: string) => new LedgerAudit(repository).owner(ownerId);
const balance = (ownerId: string) => core.db.get(core.db.doc(tokenBalanceModel, ownerId));

async function grantsOf(ownerId: string): Promise<string[]> {
  const rows = core.db
    .collection(tokenTransactionModel)
    .where('ownerId', '==', ownerId)
    .where('type', 'in', ['grant', 'refresh']);
  return (await core.db.find(rows)).map((row) => row.metadata.periodStart?.toISOString() ?? '').sort();
}

describe('two years of daily runs', () => {
  it('begin each period on its exact date and grant it once, for an anchor on every day of the month, over a leap year and a month without runs', {
    timeout: 150_000,
  }, async () => {
    const at = world('2003-01-01T00:00:00Z');
    const owners = await Promise.all(
      Array.from({ length: 31 }, async (_, day) => {
        const anchor = new Date(Date.UTC(2003, 0, day + 1, 10, 20, 30));
        return { anchor, ...(await at.open(anchor)) };
      }),
    );
    const first = Date.UTC(2003, 1, 1, 2, 15);
    for (let day = 0; day < 730; day += 1) {
      at.clock.set(new Date(first + day * DAY_MS));
      // Nobody calls the run from mid-June to mid-July 2004.
      if (day > 500 && day < 531) continue;
      const { failed, finished } = await at.run();
      expect([day, failed, finished]).toEqual([day, 0, true]);
    }
    const end = at.clock.now();
    await Promise.all(
      owners.map(async ({ anchor, ownerId }) => {
        const expected: string[] = [];
        for (let month = 0; addMonthsClamped(anchor, month) <= end; month += 1)
          expected.push(addMonthsClamped(anchor, month).toISOString());
        expect(await grantsOf(ownerId)).toEqual(expected);
        expect((await balance(ownerId))?.nextRefreshDate).toEqual(addMonthsClamped(anchor, expected.length));
        expect(await audit(at, ownerId)).toEqual([]);
      }),
    );
    const [, , last] = [28, 29, 30].map((day) => owners[day]);
    const starts = await grantsOf(last?.ownerId ?? '');
    expect(starts.map((one) => one.slice(0, 10))).toEqual(
      expect.arrayContaining([
        '2003-02-28',
        '2003-03-31',
        '2003-04-30',
        '2004-02-29',
        '2004-03-31',
        '2004-07-31',
      ]),
    );
  });
});

describe('a refresh', () => {
  let at: World;
  // Backwards, so that no test meets the owners of an earlier one.
  let year = 2000;
  beforeEach(() => {
    year -= 1;
    at = world(`${year}-01-31T12:00:00Z`);
  });
  const spend = async (
    owner: { userId: string; organizationId: string },
    tokens: number,
    actual = tokens,
  ) => {
    const requestId = randomUUID();
    await at.service.reserve(requestId, owner, tokens, 'chat');
    await at.service.settle(requestId, actual);
  };

  it('resets the allocation, keeps bought tokens and holds, pays debt first, and is confirmed', async () => {
    const owner = await at.open();
    await at.service.addPurchased(owner, 30, `purchase:${randomUUID()}`);
    await spend(owner, 60);
    const held = randomUUID();
    await at.service.reserve(held, owner, 5, 'chat', { holdSeconds: 90 * 86_400 });
    await spend(owner, 10, 32);
    expect(await balance(owner.ownerId)).toMatchObject({ debtTokens: 12, purchasedTokens: 0, heldTokens: 5 });
    at.clock.set(`${year}-03-01T00:00:00Z`);
    expect(await at.run()).toMatchObject({ due: 1, refreshed: 1, failed: 0, finished: true });
    expect(await balance(owner.ownerId)).toMatchObject({
      includedTokens: 50,
      totalUsedTokens: 12,
      purchasedUsedThisPeriod: 0,
      debtTokens: 0,
      heldTokens: 5,
      lastRefreshDate: new Date(`${year}-02-28T12:00:00Z`),
      nextRefreshDate: new Date(`${year}-03-31T12:00:00Z`),
    });
    await at.service.settle(held, 5);
    expect(await audit(at, owner.ownerId)).toEqual([]);
    const told = await core.db.find(core.db.collection(outboxModel).where('event', '==', 'tokens_refreshed'));
    const mine = told.map((row) => JSON.parse(row.payload)).filter((one) => one.ownerId === owner.ownerId);
    expect(mine).toMatchObject([{ allocation: 50, available: 33, tier: 'free', periods: 1 }]);
  });

  it('run twice, and many at once, does its work once', async () => {
    const owners = await Promise.all(Array.from({ length: 20 }, () => at.open()));
    at.clock.set(`${year}-06-15T00:00:00Z`);
    const others = [world(`${year}-06-15T00:00:00Z`), world(`${year}-06-15T00:00:00Z`)];
    await Promise.all([at.run(), at.run(), ...others.map((one) => one.run())]);
    expect(await at.run()).toMatchObject({ due: 0, refreshed: 0, failed: 0 });
    for (const { ownerId } of owners) {
      // February, March, April and May were missed too; each was granted once and lapsed.
      expect(await grantsOf(ownerId)).toHaveLength(5);
      expect(await balance(ownerId)).toMatchObject({ includedTokens: 50, totalUsedTokens: 0 });
      expect(await audit(at, ownerId)).toEqual([]);
    }
  });

  it('passes over a bad document, counts it, and does the others', async () => {
    const [good, bad, worse, last] = await Promise.all([at.open(), at.open(), at.open(), at.open()]);
    await core.db.firestore.doc(`token_balances/${bad.ownerId}`).update({ purchasedTokens: 'many' });
    await core.db.firestore
      .doc(`token_balances/${worse.ownerId}`)
      .update({ billingCycleStartDate: 'long ago' });
    at.clock.set(`${year}-03-01T00:00:00Z`);
    expect(await at.run()).toMatchObject({ due: 4, refreshed: 2, failed: 2, finished: true });
    for (const one of [good, last]) expect(await grantsOf(one.ownerId)).toHaveLength(2);
    await Promise.all(
      [bad, worse].map((one) => core.db.firestore.doc(`token_balances/${one.ownerId}`).delete()),
    );
  });

  it('stops at its time limit and the next run goes on where it stopped', async () => {
    const owners = await Promise.all(Array.from({ length: 60 }, () => at.open()));
    at.clock.set(`${year}-03-01T00:00:00Z`);
    let looks = 0;
    const tired = new TokenRefresh(at.repository, at.refresh.lanes, {
      // The time is up after some thirty looks at the clock.
      now: () => {
        looks += 1;
        return looks > 30 ? new Date(`${year}-03-01T01:00:00Z`) : at.clock.now();
      },
    });
    const first = await tired.run({ until: new Date(`${year}-03-01T00:30:00Z`), signal: NEVER });
    expect(first).toMatchObject({ failed: 0, finished: false });
    expect(first.refreshed).toBeGreaterThan(0);
    expect(first.refreshed).toBeLessThan(60);
    expect(await at.run()).toMatchObject({
      due: 60 - first.refreshed,
      refreshed: 60 - first.refreshed,
      finished: true,
    });
    for (const { ownerId } of owners.slice(0, 5)) expect(await grantsOf(ownerId)).toHaveLength(2);
  });

  it('does not grant a period twice although its date was set back', async () => {
    const owner = await at.open();
    at.clock.set(`${year}-03-01T00:00:00Z`);
    await at.run();
    const ref = core.db.doc(tokenBalanceModel, owner.ownerId);
    await core.db.update(ref, { nextRefreshDate: new Date(`${year}-02-28T12:00:00Z`) });
    await at.run();
    expect(await grantsOf(owner.ownerId)).toHaveLength(2);
    expect(await balance(owner.ownerId)).toMatchObject({
      nextRefreshDate: new Date(`${year}-03-31T12:00:00Z`),
    });
    expect(await audit(at, owner.ownerId)).toEqual([]);
  });

  it('an upgrade grants floor(difference × remaining / period) at once; down and up again nothing; down counts from the next period', async () => {
    const owner = await at.open();
    const book = (tier: 'free' | 'creator' | 'influencer') =>
      at.ledger.book(owner.organizationId, async () => ({
        operations: [{ kind: 'plan', plan: { tier, seats: 1 }, at: at.clock.now(), userId: null }],
        finish: (outcomes) => outcomes[0]?.amount,
      }));
    const start = new Date(`${year}-01-31T12:00:00Z`).getTime();
    const period = new Date(`${year}-02-28T12:00:00Z`).getTime() - start;
    at.clock.set(new Date(start + period / 3 + 1));
    const third = (tokens: number) => Math.floor((tokens * (period - period / 3 - 1)) / period);
    expect(await book('creator')).toBe(third(450));
    expect(await book('creator')).toBe(0);
    expect(await book('free')).toBe(0);
    expect(await book('creator')).toBe(0);
    expect(await book('influencer')).toBe(third(1_000));
    expect(await book('free')).toBe(0);
    expect(await balance(owner.ownerId)).toMatchObject({ tier: 'influencer', pending: { tier: 'free' } });
    // The period is over and nobody ran: the next change begins the new one first.
    at.clock.set(`${year}-03-05T00:00:00Z`);
    expect(await book('free')).toBe(0);
    expect(await balance(owner.ownerId)).toMatchObject({ tier: 'free', pending: null, includedTokens: 50 });
    expect(await audit(at, owner.ownerId)).toEqual([]);
  });
});
