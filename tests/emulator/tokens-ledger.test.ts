import { randomUUID } from 'node:crypto';
import { ownerWith, tokenService } from '@tests/support/tokens';
import { describe, expect, it } from 'vitest';
import { isSystemError, type SystemError } from '@/core/errors';
import { outboxModel } from '@/core/events/outbox';
import { FixedClock } from '@/core/time/clock';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { pooledOwnerId } from '@/features/tokens/schema';
import { core } from '@/server/core';

const service = tokenService();
const audit = new LedgerAudit(service.repository);
const auditOf = (owner: { organizationId: string }) => audit.owner(pooledOwnerId(owner.organizationId));
const id = () => `req-${randomUUID()}`;

async function refusal(work: Promise<unknown>): Promise<SystemError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isSystemError(error)) throw new Error(`Expected a refusal, got ${String(error)}`);
  return error;
}

describe('200 operations at once on 100 tokens', () => {
  it('lets exactly 100 through and refuses exactly 100 with 402', async () => {
    const owner = await ownerWith(service, 100);
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, async () => {
        const requestId = id();
        await service.reserve(requestId, owner, 1, 'chat');
        await service.settle(requestId, 1);
      }),
    );
    const refused = results.filter((one) => one.status === 'rejected');
    expect(results.length - refused.length).toBe(100);
    expect(refused.map((one) => (one.reason as SystemError).status)).toEqual(Array(100).fill(402));
    const balance = await service.getBalance(owner);
    expect(balance).toMatchObject({ available: 0, held: 0, debt: 0, used: 100, purchased: 0 });
    expect(await auditOf(owner)).toEqual([]);
  });
});

describe('an operation under its key', () => {
  it('posts once however often it is repeated, also all at once', async () => {
    const owner = await ownerWith(service, 50);
    const other = tokenService();
    const requestId = id();
    const reserved = await Promise.all(
      [service, other, service, other].map((one) => one.reserve(requestId, owner, 5, 'image')),
    );
    expect(reserved.filter((one) => !one.replayed)).toHaveLength(1);
    expect(new Set(reserved.map((one) => one.available))).toEqual(new Set([45]));
    expect(await service.getBalance(owner)).toMatchObject({ held: 5, available: 45 });

    const settled = await Promise.all(
      [service, other, service, other].map((one) => one.settle(requestId, 4, { provider: 'openai' })),
    );
    expect(settled.filter((one) => !one.replayed)).toHaveLength(1);
    expect(settled.map((one) => one.charged)).toEqual([4, 4, 4, 4]);
    expect(await service.getBalance(owner)).toMatchObject({ held: 0, available: 46, used: 4 });
    expect(await auditOf(owner)).toEqual([]);
  });

  it('is a 409 with other figures, and changes nothing', async () => {
    const owner = await ownerWith(service, 50);
    const requestId = id();
    await service.reserve(requestId, owner, 5, 'image');
    expect((await refusal(service.reserve(requestId, owner, 6, 'image'))).code).toBe('idempotency_conflict');
    expect((await refusal(service.reserve(requestId, owner, 5, 'chat'))).code).toBe('idempotency_conflict');
    await service.settle(requestId, 5);
    expect((await refusal(service.settle(requestId, 4))).status).toBe(409);
    const key = `purchase:${randomUUID()}`;
    await service.addPurchased(owner, 10, key);
    expect((await service.addPurchased(owner, 10, key)).replayed).toBe(true);
    expect((await refusal(service.addPurchased(owner, 11, key))).status).toBe(409);
    expect(await service.getBalance(owner)).toMatchObject({ used: 5, purchased: 10, held: 0 });
    expect(await auditOf(owner)).toEqual([]);
  });

  it('cannot be used by another owner', async () => {
    const [ann, ben] = [await ownerWith(service, 50), await ownerWith(service, 50)];
    const requestId = id();
    await service.reserve(requestId, ann, 5, 'image');
    expect((await refusal(service.reserve(requestId, ben, 5, 'image'))).status).toBe(409);
    expect(await service.getBalance(ben)).toMatchObject({ held: 0, available: 50 });
  });
});

describe('settling', () => {
  it('charges what was delivered and gives the rest of the hold back', async () => {
    const owner = await ownerWith(service, 50);
    const requestId = id();
    expect(await service.reserve(requestId, owner, 15, 'long_form')).toMatchObject({ available: 35 });
    expect(await service.settle(requestId, 6)).toMatchObject({ charged: 6, debt: 0, available: 44 });
    expect(await service.release(requestId)).toMatchObject({ released: 0 });
    expect(await auditOf(owner)).toEqual([]);
  });

  it('posts beyond the hold, and beyond the balance as debt', async () => {
    const owner = await ownerWith(service, 10);
    const requestId = id();
    await service.reserve(requestId, owner, 10, 'image');
    expect(await service.settle(requestId, 14)).toMatchObject({ charged: 14, debt: 4, available: 0 });
    expect(await service.getBalance(owner)).toMatchObject({ debt: 4, held: 0, includedLeft: 0 });
    await service.grantIncluded(owner, 6, `grant:${randomUUID()}`);
    expect(await service.getBalance(owner)).toMatchObject({ debt: 0, available: 2 });
    expect(await auditOf(owner)).toEqual([]);
  });

  it('with nothing delivered is a release; a release after it finds nothing to do', async () => {
    const owner = await ownerWith(service, 50);
    const requestId = id();
    await service.reserve(requestId, owner, 8, 'image');
    expect(await service.settle(requestId, 0)).toMatchObject({ charged: 0, available: 50 });
    expect(await service.release(requestId)).toMatchObject({ released: 0 });
    expect(await service.release(id())).toMatchObject({ released: 0 });
    expect((await refusal(service.settle(id(), 1))).status).toBe(404);
    expect(await auditOf(owner)).toEqual([]);
  });

  it('still posts when the sweeper was there first', async () => {
    const clock = new FixedClock(new Date());
    const late = tokenService(clock);
    const owner = await ownerWith(late, 50);
    const requestId = id();
    await late.reserve(requestId, owner, 20, 'long_form', { holdSeconds: 30 });
    clock.advance(29_000);
    await late.sweepHolds();
    expect(await late.getBalance(owner)).toMatchObject({ held: 20 });
    clock.advance(2_000);
    expect((await late.sweepHolds()).failed).toBe(0);
    expect(await late.getBalance(owner)).toMatchObject({ held: 0, available: 50 });
    // From a process that never saw the reservation.
    expect(await service.settle(requestId, 7)).toMatchObject({ charged: 7, available: 43 });
    expect(await late.settle(requestId, 7)).toMatchObject({ charged: 7, replayed: true });
    expect(await auditOf(owner)).toEqual([]);
  });
});

describe('two refusals', () => {
  it('tells "buy more" from "wait a moment"', async () => {
    const owner = await ownerWith(service, 10);
    const requestId = id();
    await service.reserve(requestId, owner, 8, 'image');
    const held = await refusal(service.reserve(id(), owner, 5, 'image'));
    expect([held.status, held.code, held.retryAfterSeconds]).toEqual([402, 'tokens_held', 5]);
    expect(held.details).toMatchObject({ available: 2, needed: 5, held: 8 });
    expect((await refusal(service.validateTokens(owner, 5))).code).toBe('tokens_held');
    const poor = await refusal(service.reserve(id(), owner, 11, 'image'));
    expect([poor.status, poor.code, poor.retryAfterSeconds]).toEqual([402, 'insufficient_tokens', undefined]);
    expect(Date.parse(String(poor.details.nextRefreshDate))).toBeGreaterThan(Date.now());
    expect(await service.hasSufficientTokens(owner, 2)).toBe(true);
    expect(await service.hasSufficientTokens(owner, 3)).toBe(false);
    await service.release(requestId);
  });
});

describe('an account', () => {
  it('is opened once, however many ask at once, and by the first use if nobody did', async () => {
    const owner = { userId: 'u', organizationId: `o-${randomUUID()}` };
    const opened = await Promise.all(
      [service, tokenService(), tokenService()].map((one) => one.openAccount(owner)),
    );
    expect(opened.filter(Boolean)).toHaveLength(1);
    expect(await service.getBalance(owner)).toMatchObject({ available: 50, included: 50, tier: 'free' });
    expect(await auditOf(owner)).toEqual([]);

    const unopened = { userId: 'u', organizationId: `o-${randomUUID()}` };
    expect(await service.reserve(id(), unopened, 5, 'image')).toMatchObject({ available: 45 });
    expect(await auditOf(unopened)).toEqual([]);
  });
});

describe('crossing 80 % and 100 %', () => {
  it('is announced once per period each, with the charge that crossed it', async () => {
    const owner = await ownerWith(service, 50);
    const spend = async (tokens: number) => {
      const requestId = id();
      await service.reserve(requestId, owner, tokens, 'post_text');
      await service.settle(requestId, tokens);
    };
    const announced = async () => {
      const rows = await core.db.find(
        core.db.collection(outboxModel).where('event', 'in', ['token_warning', 'token_depleted']),
      );
      return rows
        .filter((row) => row.payload.includes(pooledOwnerId(owner.organizationId)))
        .map((row) => row.event)
        .sort();
    };
    await spend(39);
    expect(await announced()).toEqual([]);
    await spend(1);
    expect(await announced()).toEqual(['token_warning']);
    await spend(5);
    await spend(5);
    expect(await announced()).toEqual(['token_depleted', 'token_warning']);
    await service.addPurchased(owner, 5, `purchase:${randomUUID()}`);
    await spend(5);
    expect(await announced()).toEqual(['token_depleted', 'token_warning']);
  });
});
