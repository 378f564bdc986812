import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis, RedisServer } from '@tests/redis-server';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { RedisLink } from '@/core/cache/redis';
import { isSystemError } from '@/core/errors';
import { FixedClock } from '@/core/time/clock';
import { NO_BUDGETS } from '@/features/tokens/accounts';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { LeaseBlocks } from '@/features/tokens/lease-blocks';
import { TokenLeases } from '@/features/tokens/leases';
import { OwnerLanes } from '@/features/tokens/owner-lanes';
import { TokenRepository } from '@/features/tokens/repository';
import { pooledOwnerId, tokenBalanceModel, tokenLeaseUseModel } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';

/** Each `machine` is a process of its own: its own lanes and memory, one Redis and one Firestore for all. */
describeWithRedis('a hot owner’s tokens, leased by the block', () => {
  const server = new RedisServer();
  const links: RedisLink[] = [];
  let clock: FixedClock;
  let machines: { service: TokenService; leases: TokenLeases }[];
  let owner: { userId: string; organizationId: string };
  let ownerId: string;

  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(async () => {
    // Far ahead: no other suite sweeps these holds.
    clock = new FixedClock('2095-05-10T12:00:00Z');
    machines = Array.from({ length: 3 }, machine);
    owner = { userId: 'u1', organizationId: `o-${randomUUID()}` };
    ownerId = pooledOwnerId(owner.organizationId);
    await first().service.openAccount(owner);
    await first().service.addPurchased(owner, 950, `purchase:${randomUUID()}`);
  });
  afterEach(async () => {
    for (const link of links.splice(0)) link.close();
  });

  function machine() {
    const link = new RedisLink(server.url);
    links.push(link);
    const repository = new TokenRepository(core.db, core.outbox, clock);
    const lanes = new OwnerLanes(
      (id, commands) => repository.post(id, commands),
      Math.random,
      (ms) => sleep(ms),
    );
    const settings = { abovePerSecond: 2, block: 100 };
    const leases = new TokenLeases(repository, lanes, new LeaseBlocks(link), settings, clock, core.ids);
    const accounts = {
      accountOf: async (organizationId: string) => ({
        ownerId: pooledOwnerId(organizationId),
        userId: null,
        organizationId,
        tier: 'free' as const,
        seats: 1,
      }),
    };
    return { service: new TokenService(repository, lanes, accounts, clock, NO_BUDGETS, leases), leases };
  }
  const first = () => machines[0] ?? machine();
  const at = (index: number) => machines[index % machines.length] ?? first();
  const balance = () => core.db.get(core.db.doc(tokenBalanceModel, ownerId));
  const audit = () => new LedgerAudit(first().service.repository).owner(ownerId);
  const later = (seconds: number) => clock.set(new Date(clock.now().getTime() + seconds * 1000));
  const fold = async () => {
    later(11);
    await Promise.all(machines.map((one) => one.leases.fold(ownerId, owner.organizationId)));
  };
  const openUses = () =>
    core.db.count(core.db.collection(tokenLeaseUseModel).where('ownerId', '==', ownerId));

  /** @returns tokens charged; a refusal for lack of tokens charges nothing. */
  async function work(index: number, hold: number, actual: number): Promise<number> {
    const requestId = randomUUID();
    const { service } = at(index);
    try {
      await service.reserve(requestId, owner, hold, 'chat');
    } catch (error) {
      if (isSystemError(error) && error.status === 402) return 0;
      throw error;
    }
    try {
      await service.settle(requestId, actual);
      return actual;
    } finally {
      await service.release(requestId);
    }
  }
  const many = async (count: number, hold: number, actual: number) =>
    (await Promise.all(Array.from({ length: count }, (_, index) => work(index, hold, actual)))).reduce(
      (a, b) => a + b,
      0,
    );

  it('are charged exactly, with far fewer changes of the balance than requests', async () => {
    await many(9, 1, 1);
    const before = (await balance())?.version ?? 0;
    expect(await many(150, 3, 2)).toBe(300);
    expect(((await balance())?.version ?? 0) - before).toBeLessThan(30);
    await fold();
    expect(await balance()).toMatchObject({ heldTokens: 0, purchasedTokens: 1_000 - 9 - 300, debtTokens: 0 });
    expect(await openUses()).toBe(0);
    expect(await audit()).toEqual([]);
    await fold();
    expect((await balance())?.purchasedTokens).toBe(691);
  });

  it('never become more than there are', async () => {
    const charged = await many(300, 5, 5);
    expect(charged).toBeLessThanOrEqual(1_000);
    await fold();
    const left = await balance();
    expect(left).toMatchObject({ heldTokens: 0, debtTokens: 0 });
    expect((left?.purchasedTokens ?? 0) + charged).toBe(1_000);
    expect(await audit()).toEqual([]);
  });

  it('stay reserved for what still runs, and come back when its process has died', async () => {
    await many(9, 1, 1);
    const { service } = first();
    const running = randomUUID();
    await service.reserve(running, owner, 40, 'chat');
    const dead = randomUUID();
    await service.reserve(dead, owner, 30, 'chat');
    await fold();
    expect((await balance())?.heldTokens).toBe(70);
    expect(await service.settle(running, 55)).toMatchObject({ charged: 55, replayed: false });
    expect(await service.settle(running, 55)).toMatchObject({ charged: 55, replayed: true });
    await expect(service.settle(running, 54)).rejects.toMatchObject({ code: 'idempotency_conflict' });
    await fold();
    expect(await balance()).toMatchObject({ heldTokens: 30, purchasedTokens: 1_000 - 9 - 55 });
    expect(await audit()).toEqual([]);
    // Booked by now: a repetition still charges nothing.
    await service.settle(running, 55);
    await fold();
    expect(await balance()).toMatchObject({ purchasedTokens: 1_000 - 9 - 55 });
    expect(await audit()).toEqual([]);
  });

  it('lose nothing with Redis: what was charged is booked, what was reserved comes back, work goes on', async () => {
    await many(9, 1, 1);
    const { service } = first();
    const [settled, running] = [randomUUID(), randomUUID()];
    await service.reserve(settled, owner, 20, 'chat');
    await service.reserve(running, owner, 10, 'chat');
    await service.settle(settled, 15);
    await server.kill();
    expect(await many(12, 2, 2)).toBe(24);
    await service.settle(running, 10);
    await server.start();
    await expect.poll(() => links.every((link) => link.ready), { timeout: 10_000 }).toBe(true);
    await fold();
    expect(await balance()).toMatchObject({
      heldTokens: 0,
      purchasedTokens: 1_000 - 9 - 15 - 24 - 10,
      debtTokens: 0,
    });
    expect(await openUses()).toBe(0);
    expect(await audit()).toEqual([]);
  });

  it('are given back after their time although Redis stays away', async () => {
    await many(9, 1, 1);
    const { service } = first();
    const requestId = randomUUID();
    await service.reserve(requestId, owner, 20, 'chat');
    await service.settle(requestId, 20);
    await server.kill();
    await fold();
    expect((await balance())?.heldTokens).toBeGreaterThan(0);
    later(800);
    await fold();
    expect(await balance()).toMatchObject({ heldTokens: 0, totalUsedTokens: 29, debtTokens: 0 });
    expect(await audit()).toEqual([]);
    await server.start();
  });
});
