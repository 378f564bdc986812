import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSystemError } from '@/core/errors';
import { tokenService } from './tokens';

/**
 * A process of its own that spends one owner's tokens, for tests that kill it or run two of them:
 *
 *   burst <userId> <orgId> <operations>      all at once, one token each; prints {"ok":n,"refused":n,"other":[…]}
 *   churn <userId> <orgId> <lanes>           reserve, wait, settle, for ever; prints "reserved <id>" and "settled <id> <tokens>"
 *
 * Prints "ready" and waits for a line on standard input before it starts.
 */
const [mode, userId = '', organizationId = '', count = '1'] = process.argv.slice(2);
const owner = { userId, organizationId };
const service = tokenService();
const say = (line: string) => process.stdout.write(`${line}\n`);

async function burst(): Promise<void> {
  const seen = { ok: 0, refused: 0, other: [] as string[] };
  await Promise.all(
    Array.from({ length: Number(count) }, async () => {
      const requestId = `burst-${randomUUID()}`;
      try {
        await service.reserve(requestId, owner, 1, 'chat');
        await service.settle(requestId, 1);
        seen.ok += 1;
      } catch (error) {
        if (isSystemError(error) && error.status === 402) seen.refused += 1;
        else seen.other.push(String(error));
      }
    }),
  );
  say(JSON.stringify(seen));
}

async function churn(): Promise<void> {
  await Promise.all(
    Array.from({ length: Number(count) }, async (_, lane) => {
      for (;;) {
        const requestId = `churn-${randomUUID()}`;
        await service.reserve(requestId, owner, 3, 'post_text', { holdSeconds: 1 });
        say(`reserved ${requestId}`);
        // The first lane works long, so that a kill always finds work in hand; the others meet it at every point.
        await sleep(lane === 0 ? 1_500 : Math.random() * 40);
        const actual = lane % 3;
        await service.settle(requestId, actual);
        say(`settled ${requestId} ${actual}`);
      }
    }),
  );
}

async function main(): Promise<void> {
  await service.getBalance(owner);
  say('ready');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  await (mode === 'burst' ? burst() : churn());
  process.exit(0);
}

void main();
