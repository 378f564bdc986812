import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ownerWith, tokenService } from '@tests/support/tokens';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSystemError } from '@/core/errors';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { pooledOwnerId, tokenBalanceModel, tokenTransactionModel } from '@/features/tokens/schema';
import { core } from '@/server/core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const service = tokenService();
const audit = new LedgerAudit(service.repository);

function runAudit(ownerId: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=react-server', '--import', 'tsx', 'scripts/ledger-audit.ts', '--owner', ownerId],
      { cwd: root, env: { ...process.env, VITEST: undefined } },
      (error, stdout, stderr) =>
        resolve({
          code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
          output: stdout + stderr,
        }),
    );
  });
}

describe('any operations, many at once, over several processes’ lanes', () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('work' as const),
        hold: fc.integer({ min: 1, max: 20 }),
        actual: fc.integer({ min: 0, max: 25 }),
        twice: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('abandon' as const), hold: fc.integer({ min: 1, max: 20 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('credit' as const),
        kind: fc.constantFrom('purchase' as const, 'refund' as const, 'grant' as const),
        tokens: fc.integer({ min: 1, max: 40 }),
      }),
    },
  );

  it('leave a ledger that adds up', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const processes = [tokenService(), tokenService(), tokenService()];
        const owner = await ownerWith(service, 60);
        const seen = { booked: 60, refused: 0 };
        await Promise.all(
          steps.map(async (one, index) => {
            const by = processes[index % processes.length] ?? service;
            const key = `${one.do}:${randomUUID()}`;
            if (one.do === 'credit') {
              const method = (
                { purchase: 'addPurchased', refund: 'refund', grant: 'grantIncluded' } as const
              )[one.kind];
              await by[method](owner, one.tokens, key);
              seen.booked += one.kind === 'refund' ? -one.tokens : one.tokens;
            } else {
              try {
                await by.reserve(key, owner, one.hold, 'post_text');
              } catch (error) {
                if (!isSystemError(error) || error.status !== 402) throw error;
                seen.refused += 1;
                return;
              }
              if (one.do === 'abandon') {
                await by.release(key);
                return;
              }
              const settler = processes[(index + 1) % processes.length] ?? service;
              await Promise.all([
                settler.settle(key, one.actual),
                ...(one.twice && one.actual > 0 ? [by.settle(key, one.actual)] : []),
              ]);
              await by.release(key);
              seen.booked -= one.actual;
            }
          }),
        );
        const balance = await service.getBalance(owner);
        expect(balance.held).toBe(0);
        expect(balance.includedLeft + balance.purchased - balance.debt).toBe(seen.booked);
        expect(await audit.owner(pooledOwnerId(owner.organizationId))).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });
});

describe('npm run ledger:audit', () => {
  it('passes a clean balance, and names the owner and the fault of one that differs', {
    timeout: 60_000,
  }, async () => {
    const owner = await ownerWith(service, 40);
    const ownerId = pooledOwnerId(owner.organizationId);
    expect(await runAudit(ownerId)).toMatchObject({ code: 0, output: expect.stringContaining('0 differ') });

    await core.db.update(core.db.doc(tokenBalanceModel, ownerId), { totalUsedTokens: 9 });
    const tampered = await runAudit(ownerId);
    expect(tampered.code).toBe(1);
    expect(tampered.output).toContain(`${ownerId}: totalUsedTokens is 9, its ledger adds up to 10`);
    await core.db.update(core.db.doc(tokenBalanceModel, ownerId), { totalUsedTokens: 10 });
    expect(await audit.owner(ownerId)).toEqual([]);
  });

  it('sees a ledger entry that is gone, and a hold that nobody has', async () => {
    const owner = await ownerWith(service, 50);
    const ownerId = pooledOwnerId(owner.organizationId);
    const [kept, lost] = [`r-${randomUUID()}`, `r-${randomUUID()}`];
    await service.reserve(kept, owner, 2, 'chat');
    await service.reserve(lost, owner, 3, 'chat');
    const entry = core.db.doc(tokenTransactionModel, `hold:${lost}`);
    const stored = await core.db.get(entry);
    await core.db.delete(entry);
    const problems = (await audit.owner(ownerId)).map((finding) => finding.problem).join('\n');
    expect(problems).toContain('the ledger has 2 entries, the balance counted 3');
    expect(problems).toContain('heldTokens is 5, its ledger adds up to 2');
    if (stored) await core.db.create(entry, stored);
    expect(await audit.owner(ownerId)).toEqual([]);
    await service.release(lost);
    await service.release(kept);
  });
});
