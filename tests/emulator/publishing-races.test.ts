import {
  FAST,
  ownDatabase,
  type PublishingParts,
  PublishingWorld,
  type TestChannelSpec,
} from '@tests/support/publishing';
import { until } from '@tests/support/until';

ownDatabase('races');

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Post, postModel } from '@/features/content/schema';
import { contentHash } from '@/features/content/variant';
import { TERMINAL_STATUSES } from '@/features/publishing/states';

/** `SOAK_RUNS=1000 SOAK_RACES=1000` for the long run. */
const RUNS = Number(process.env.SOAK_RUNS ?? 32);
const RACES = Number(process.env.SOAK_RACES ?? 24);

/** Nothing is lost here, so no lease need end soon: on a busy machine a call may take longer than the shortest one. */
const PATIENT = { ...FAST, lease: 30_000, heartbeat: 5_000 };

let world: PublishingWorld;

beforeAll(async () => {
  world = await new PublishingWorld().start();
});
afterAll(() => world.stop());

describe('many workers, many posts due at once', () => {
  it(`8 workers and the cron, ${RUNS} runs: each exactly once, one commit per account at a time, none early`, {
    timeout: 200_000 + RUNS * 300,
  }, async () => {
    world.proxy.latency = 20;
    const channels = Array.from({ length: Math.max(4, RUNS / 10) }, () => world.channel());
    const planner = world.build();
    const dueAt = new Date(Date.now() + 2_000 + RUNS * 12);
    const texts: string[] = [];
    for (let made = 0; made < RUNS; made += 10) {
      await Promise.all(
        Array.from({ length: Math.min(10, RUNS - made) }, (_, index) => {
          const text = `at once ${made + index}`;
          texts.push(text);
          const channel = channels[(made + index) % channels.length] as TestChannelSpec;
          return world.post(planner, { text, channels: [channel], dueAt });
        }),
      );
    }
    const workers = Array.from({ length: 8 }, () => world.build({ timing: PATIENT }));
    const dispatchers = workers.map((parts) => parts.dispatcher({ every: 300, concurrency: 12 }));
    const turning = dispatchers.map((dispatcher) => dispatcher.turn());
    const cron = world.build({ timing: PATIENT });
    const sweeping = cron.service.sweep(dueAt.getTime() - Date.now() + 2_000);
    const runs = await until(
      async () => {
        const all = await world.runs();
        return all.length === RUNS && all.every((run) => TERMINAL_STATUSES.has(run.status)) ? all : null;
      },
      // It proves that each goes out once, not how fast: other files may work the same emulator hard.
      180_000 + RUNS * 250,
      'every run over',
    );
    for (const dispatcher of dispatchers) dispatcher.stop();
    await Promise.all([...turning, sweeping]);
    expect(new Set(runs.map((run) => run.status))).toEqual(new Set(['published']));
    for (const text of texts) expect([text, world.shown(text)]).toEqual([text, 1]);
    expect(world.proxy.mostOverlap()).toBe(1);
    const ours = world.proxy.arrivals.filter((call) => call.text.startsWith('at once'));
    expect(ours).toHaveLength(RUNS);
    expect(Math.min(...ours.map((call) => call.at))).toBeGreaterThanOrEqual(dueAt.getTime());
  });
});

describe('a person changes a post at the moment it is sent', () => {
  async function edit(parts: PublishingParts, postId: string, text: string): Promise<void> {
    await world.db.run(async (tx) => {
      const before = (await tx.get(world.db.doc(postModel, postId))) as Post;
      const runs = await parts.service.runsIn(tx, before);
      const after = { ...before, master: { ...before.master, text }, version: before.version + 1 };
      const hash = await contentHash(after);
      tx.update(world.db.doc(postModel, postId), {
        master: after.master,
        version: after.version,
        contentHash: hash,
      });
      parts.service.contentChangedIn(tx, { ...after, contentHash: hash }, runs);
    });
  }

  async function cancel(parts: PublishingParts, postId: string): Promise<void> {
    await world.db.run(async (tx) => {
      const post = (await tx.get(world.db.doc(postModel, postId))) as Post;
      parts.service.cancelIn(tx, postId, await parts.service.runsIn(tx, post));
      tx.update(world.db.doc(postModel, postId), { status: 'draft' });
    });
  }

  async function remove(parts: PublishingParts, postId: string): Promise<void> {
    await world.db.run(async (tx) => {
      const post = (await tx.get(world.db.doc(postModel, postId))) as Post;
      parts.service.cancelIn(tx, postId, await parts.service.runsIn(tx, post));
      tx.delete(world.db.doc(postModel, postId));
    });
  }

  it(`${RACES} races: what is out is what the documents say`, {
    timeout: 60_000 + RACES * 1_000,
  }, async () => {
    world.proxy.latency = 30;
    const worker = world.build();
    const dispatcher = worker.dispatcher({ every: 100, concurrency: 8 });
    const turning = dispatcher.turn();
    const people = world.build();
    const tally = { kept: 0, changed: 0, refused: 0 };
    const race = async (index: number): Promise<void> => {
      const [old, fresh] = [`old ${index}`, `new ${index}`];
      const { postId, runIds } = await world.post(people, { text: old, channels: [world.channel()] });
      await delay(Math.random() * 350);
      const action = [edit, cancel, remove][index % 3] as typeof edit;
      const answer = await action(people, postId, fresh).then(
        () => 'done' as const,
        (error: unknown) => (error as { code?: string }).code ?? 'unknown',
      );
      const run = await until(async () => {
        const found = await world.run(runIds[0] ?? '');
        return found && TERMINAL_STATUSES.has(found.status) ? found : null;
      }, 30_000);
      const shown = { old: world.shown(old), new: world.shown(fresh) };
      const facts = JSON.stringify({ index, answer, status: run.status, error: run.lastError });
      if (answer === 'done' && action !== edit) {
        tally.kept += 1;
        expect([run.status, shown], facts).toEqual(['cancelled', { old: 0, new: 0 }]);
      } else if (answer === 'done') {
        tally.changed += 1;
        expect([run.status, shown], facts).toEqual(['published', { old: 0, new: 1 }]);
      } else {
        tally.refused += 1;
        expect(answer, facts).toBe('too_late');
        expect([run.status, shown], facts).toEqual(['published', { old: 1, new: 0 }]);
      }
    };
    for (let index = 0; index < RACES; index += 6) {
      await Promise.all(Array.from({ length: Math.min(6, RACES - index) }, (_, turn) => race(index + turn)));
    }
    dispatcher.stop();
    await turning;
    console.log(`races ${RACES}: ${JSON.stringify(tally)}`);
    // A race that nobody ever wins or loses proves nothing.
    expect(Math.min(tally.kept + tally.changed, tally.refused)).toBeGreaterThan(0);
  });
});
