import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundled } from '@tests/support/bundle';
import { ownerWith, tokenService } from '@tests/support/tokens';
import { beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { pooledOwnerId, type TokenOwner } from '@/features/tokens/schema';

const root = fileURLToPath(new URL('../..', import.meta.url));
const KILLS = 50;
const AT_ONCE = 10;

let program = '';
beforeAll(async () => {
  program = await bundled('tests/support/token-spender.ts');
});

const service = tokenService();
const audit = new LedgerAudit(service.repository);

interface Spender {
  process: ChildProcess;
  lines: string[];
  /** Resolves with the first line that satisfies; rejects when the process ends without it. */
  line(wanted: (line: string) => boolean): Promise<string>;
  start(): void;
}

/** A real process that spends; see `tests/support/token-spender.ts`. */
function spender(mode: 'burst' | 'churn', owner: TokenOwner, count: number): Spender {
  const child = spawn(
    process.execPath,
    ['--conditions=react-server', program, mode, owner.userId, owner.organizationId, String(count)],
    { cwd: root, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, VITEST: undefined } },
  );
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const errors: string[] = [];
  let ended = false;
  const wake = () => {
    for (const check of waiting) check();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  child.on('close', () => {
    ended = true;
    wake();
  });
  return {
    process: child,
    lines,
    start: () => child.stdin.write('go\n'),
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = lines.find(wanted);
          if (found !== undefined) resolve(found);
          else if (ended) reject(new Error(`The spender ended early. ${errors.join('').slice(-2000)}`));
          else return;
          waiting.delete(check);
        };
        waiting.add(check);
        check();
      }),
  };
}

async function killed(one: Spender): Promise<void> {
  if (one.process.exitCode !== null || one.process.signalCode !== null) return;
  const closed = new Promise((resolve) => one.process.once('close', resolve));
  one.process.kill('SIGKILL');
  await closed;
}

describe('two processes spending one balance', () => {
  it('let exactly 100 of 200 operations through', { timeout: 60_000 }, async () => {
    const owner = await ownerWith(service, 100);
    const both = [spender('burst', owner, 100), spender('burst', owner, 100)];
    await Promise.all(both.map((one) => one.line((line) => line === 'ready')));
    for (const one of both) one.start();
    const reports = await Promise.all(
      both.map(
        async (one) =>
          JSON.parse(await one.line((line) => line.startsWith('{'))) as {
            ok: number;
            refused: number;
            other: string[];
          },
      ),
    );
    expect(reports.flatMap((report) => report.other)).toEqual([]);
    expect(reports.reduce((sum, report) => sum + report.ok, 0)).toBe(100);
    expect(reports.reduce((sum, report) => sum + report.refused, 0)).toBe(100);
    expect(await service.getBalance(owner)).toMatchObject({ available: 0, held: 0, used: 100, debt: 0 });
    expect(await audit.owner(pooledOwnerId(owner.organizationId))).toEqual([]);
  });
});

describe('kill -9 between reserve and settle', () => {
  it(`leaves nothing held and nothing lost after the sweep, ${KILLS} times`, {
    timeout: 240_000,
  }, async () => {
    const owner = await ownerWith(service, 5_000);
    const ownerId = pooledOwnerId(owner.organizationId);
    const lines: string[] = [];
    let midWork = 0;
    // A process that died between two operations had nothing in its hands: it does not count.
    while (midWork < KILLS) {
      const children = Array.from({ length: AT_ONCE }, () => spender('churn', owner, 3));
      await Promise.all(
        children.map(async (child) => {
          try {
            await child.line((line) => line === 'ready');
            child.start();
            await child.line((line) => line.startsWith('settled'));
            await sleep(Math.random() * 120);
          } finally {
            await killed(child);
          }
          const settled = new Set(of(child.lines, 'settled').map(([id]) => id));
          if (of(child.lines, 'reserved').some(([id]) => !settled.has(id))) midWork += 1;
          lines.push(...child.lines);
        }),
      );
    }
    expect((await service.getBalance(owner)).held).toBeGreaterThan(0);

    const later = tokenService(new FixedClock(new Date(Date.now() + 60_000)));
    let swept: Awaited<ReturnType<typeof later.sweepHolds>>;
    do {
      swept = await later.sweepHolds();
      expect(swept.failed).toBe(0);
    } while (swept.due > 0);

    const balance = await service.getBalance(owner);
    expect(balance.held).toBe(0);
    expect(await audit.owner(ownerId)).toEqual([]);
    // What a process was told it had paid is in the ledger at that price, and the balance is short of just the ledger's sum.
    const charged = new Map<string, number>();
    for await (const entry of service.repository.ledgerOf(ownerId))
      if (entry.type === 'usage') charged.set(entry.metadata.requestId ?? '', entry.amount);
    const acknowledged = of(lines, 'settled').filter(([, tokens]) => Number(tokens) > 0);
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const [id, tokens] of acknowledged) expect(charged.get(id ?? '')).toBe(Number(tokens));
    expect(balance.available).toBe(5_000 - [...charged.values()].reduce((sum, tokens) => sum + tokens, 0));

    // A process that had only been slow settles now: it still posts.
    const dead = of(lines, 'reserved').find(([id]) => !charged.has(id ?? ''))?.[0] ?? '';
    expect(await service.settle(dead, 3)).toMatchObject({ charged: 3, available: balance.available - 3 });
    expect(await audit.owner(ownerId)).toEqual([]);
  });
});

function of(lines: readonly string[], word: string): string[][] {
  return lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(' ').slice(1));
}
