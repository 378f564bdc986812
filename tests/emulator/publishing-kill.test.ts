import { ownDatabase, PublishingWorld, until } from '@tests/support/publishing';
import { bundleWorker, WorkerProcess } from '@tests/support/worker-process';

ownDatabase('kill');

import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '@/features/publishing/schema';
import { TERMINAL_STATUSES } from '@/features/publishing/states';

let world: PublishingWorld;
const workers: WorkerProcess[] = [];

function worker(env: Record<string, string> = {}): WorkerProcess {
  const started = new WorkerProcess(world, env);
  workers.push(started);
  return started;
}

beforeAll(bundleWorker);
beforeEach(async () => {
  world = await new PublishingWorld().start();
});
afterEach(async () => {
  for (const one of workers.splice(0)) {
    one.signal('SIGCONT');
    await one.kill();
  }
  await world.stop();
});

/** Over, or waiting for an answer that a person was asked for. */
function rests(run: Run): boolean {
  return TERMINAL_STATUSES.has(run.status) || (run.status === 'unconfirmed' && run.askedAt !== null);
}

async function allRest(milliseconds: number): Promise<Run[]> {
  return until(
    async () => {
      const runs = await world.runs();
      return runs.every(rests) ? runs : null;
    },
    milliseconds,
    'every run at rest',
  );
}

/** What must hold whatever was killed: nothing twice, nothing forgotten, and what is said agrees with what is out. */
async function expectOnceOrTold(runs: readonly Run[], texts: ReadonlyMap<string, string>): Promise<void> {
  for (const run of runs) {
    const shown = world.shown(texts.get(run.postId) ?? '');
    const facts = { run: run.id, status: run.status, shown };
    expect(shown, JSON.stringify(facts)).toBeLessThanOrEqual(1);
    if (run.status === 'published') expect(facts).toMatchObject({ shown: 1 });
    if (!TERMINAL_STATUSES.has(run.status)) expect(run.nextActionAt, run.id).not.toBeNull();
    expect(['published', 'unconfirmed'], JSON.stringify({ ...facts, error: run.lastError })).toContain(
      run.status,
    );
  }
}

describe('a worker killed at random', () => {
  const kills = Number(process.env.SOAK_KILLS ?? 20);

  it(`${kills} kills: every post once, or a person is asked`, {
    timeout: 60_000 + kills * 4_000,
  }, async () => {
    world.proxy.latency = 120;
    const modes = ['exact', 'eventual', 'none'] as const;
    const channels = modes.flatMap((mode) => [world.channel(mode), world.channel(mode)]);
    const parts = world.build();
    const texts = new Map<string, string>();
    let count = 0;
    const feed = async (posts: number) => {
      for (let made = 0; made < posts; made += 1) {
        count += 1;
        const text = `Killed ${count}`;
        const chosen = channels[count % channels.length];
        if (!chosen) continue;
        const { postId } = await world.post(parts, { text, channels: [chosen] });
        texts.set(postId, text);
      }
    };
    const pool = [worker(), worker(), worker(), worker()];
    await Promise.all(pool.map((one) => one.said('ready')));
    const began = Date.now();
    for (let killed = 0; killed < kills; killed += 1) {
      await feed(4);
      await delay(Math.random() * 500);
      const victim = killed % pool.length;
      await pool[victim]?.kill();
      pool[victim] = worker();
      // A pool that is starting up kills nothing worth killing.
      await pool[(victim + 1) % pool.length]?.said('ready');
    }
    const runs = await allRest(45_000);
    expect(runs).toHaveLength(kills * 4);
    await expectOnceOrTold(runs, texts);
    expect(world.proxy.mostOverlap()).toBe(1);
    const open = runs.filter((run) => run.status === 'unconfirmed');
    // Only a network that cannot tell, or a post that does not show, leaves a question.
    for (const run of open) {
      const channel = world.channels.get(run.connectionId);
      expect(['none', 'eventual']).toContain(channel?.settings.sandboxReconcile);
    }
    console.log(
      `kills ${kills}, posts ${runs.length}, published ${runs.length - open.length}, asked ${open.length}`,
    );
  });
});
