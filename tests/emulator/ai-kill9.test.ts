import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundled } from '@tests/support/bundle';
import { ownerWith, tokenService } from '@tests/support/tokens';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { QuotaService } from '@/features/ai/quota';
import { FirestoreQuotaStore } from '@/features/ai/quota-repository';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { pooledOwnerId, type TokenOwner } from '@/features/tokens/schema';
import { core } from '@/server/core';
import { FakeChatCompletions } from '../fakes/ai/chat-completions';

/** `kill -9` in the middle of generating: real processes, the real ledger, a vendor that takes its time. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const KILLS = 20;
const AT_ONCE = 4;
const START = 500;

const vendor = new FakeChatCompletions('glm');
let program = '';
beforeAll(async () => {
  program = await bundled('tests/support/ai-generator.ts');
  await vendor.start();
});
afterAll(() => vendor.stop());

/** Generates until it is killed, at some point of its third generation. @returns what it held and what it had charged. */
async function killedGenerator(owner: TokenOwner): Promise<{ held: string[]; charged: string[] }> {
  const child = spawn(
    process.execPath,
    ['--conditions=react-server', program, owner.userId, owner.organizationId, vendor.url, '2'],
    { cwd: root, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, VITEST: undefined } },
  );
  const held: string[] = [];
  const charged: string[] = [];
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const closed = new Promise((resolve) => child.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [what, id = ''] = line.split(' ');
      if (what === 'ready') child.stdin.write('go\n');
      if (what === 'held') held.push(id);
      if (what === 'charged') charged.push(id);
      if (held.length >= 3) resolve();
    });
    child.once('close', () =>
      reject(new Error(`The generator ended early. ${errors.join('').slice(-2_000)}`)),
    );
  });
  await sleep(Math.random() * 120);
  child.kill('SIGKILL');
  await closed;
  return { held, charged };
}

describe('kill -9 while a model answers', () => {
  it(`${KILLS} times: after the sweep nothing is held, nothing is lost, the audit is clean`, {
    timeout: 240_000,
  }, async () => {
    // The streaming lane works long, so that a kill always finds work in hand; the other meets it at every point.
    vendor.chunkMs = 150;
    const service = tokenService();
    const dead: { owner: TokenOwner; held: string[]; charged: string[] }[] = [];
    for (let round = 0; round < KILLS / AT_ONCE; round += 1)
      dead.push(
        ...(await Promise.all(
          Array.from({ length: AT_ONCE }, async () => {
            const owner = await ownerWith(service, START);
            return { owner, ...(await killedGenerator(owner)) };
          }),
        )),
      );
    // Each process died with work in its hands, or the test would prove nothing.
    for (const { held, charged } of dead) expect(held.length).toBeGreaterThan(charged.length);

    const later = new FixedClock(new Date(Date.now() + 3_600_000));
    const sweeper = tokenService(later);
    let released = 0;
    for (;;) {
      const swept = await sweeper.sweepHolds();
      expect(swept.failed).toBe(0);
      released += swept.released;
      if (swept.due === 0) break;
    }
    expect(released).toBeGreaterThan(0);
    const store = new FirestoreQuotaStore(core.db, core.outbox, later);
    while ((await new QuotaService(store, later).sweep()) > 0);

    const nothing = { tokens: 0, requests: 0, costMicros: 0 };
    const quota = new QuotaService(store, core.clock);
    const audit = new LedgerAudit(service.repository);
    for (const { owner, held, charged } of dead) {
      const balance = await service.getBalance(owner);
      expect(balance.held).toBe(0);
      const state = await quota.state(owner);
      expect(state.organization.held).toEqual(nothing);
      expect(state.member.held).toEqual(nothing);
      // Between the charge and its announcement lies a moment in which the process may die: charged, but not said.
      const spent = START - balance.available;
      expect(spent).toBeGreaterThanOrEqual(charged.length);
      expect(spent).toBeLessThanOrEqual(held.length);
      expect(await audit.owner(pooledOwnerId(owner.organizationId))).toEqual([]);
    }
  });
});
