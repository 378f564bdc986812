import {
  ownDatabase,
  type PublishingParts,
  PublishingWorld,
  separateDatabase,
} from '@tests/support/publishing';
import { until } from '@tests/support/until';

ownDatabase('machine');

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outboxModel } from '@/core/events/outbox';
import { systemClock } from '@/core/time/clock';
import type { RunDispatcher } from '@/features/publishing/dispatcher';
import { contentPublished } from '@/features/publishing/events';
import { core } from '@/server/core';

let world: PublishingWorld;
let parts: PublishingParts;
let worker: RunDispatcher;
let turning: Promise<void>;

beforeAll(async () => {
  world = await new PublishingWorld().start();
  parts = world.build();
  worker = parts.dispatcher({ every: 200 });
  turning = worker.turn();
});
afterAll(async () => {
  worker.stop();
  await turning;
  await world.stop();
});

function settle(runId: string, statuses: string[], milliseconds = 20_000) {
  return until(
    async () => {
      const run = await world.run(runId);
      return run && statuses.includes(run.status) && !run.leaseOwner ? run : null;
    },
    milliseconds,
    `${runId} in ${statuses.join(' or ')}`,
  );
}

const one = async (request: Parameters<PublishingWorld['post']>[1]) => {
  const { postId, runIds } = await world.post(parts, request);
  return { postId, runId: runIds[0] ?? '' };
};

describe('a text post', () => {
  it.concurrent('goes out once: one link, one event, one timeline entry; its post is published', async () => {
    const events: string[] = [];
    const stop = parts.bus.subscribe(contentPublished, 'test', async ({ runId }) => void events.push(runId));
    const { postId, runId } = await one({ text: 'First light', channels: [world.channel()] });
    const run = await settle(runId, ['published']);
    expect(run).toMatchObject({ nextActionAt: null, leaseOwner: null, lastError: null, uncertain: false });
    expect(run.permalink).toContain('/sandbox/');
    expect(world.shown('First light')).toBe(1);
    expect(await world.attempts(runId)).toMatchObject([
      { phase: 'commit', step: 'root', outcome: 'published', status: 'published' },
    ]);
    await until(async () => (await world.postDocument(postId))?.status === 'published');
    expect(events.filter((id) => id === runId)).toEqual([runId]);
    stop();
  });

  it.concurrent('goes out at its time, never before', async () => {
    const dueAt = new Date(Date.now() + 2_500);
    const { runId } = await one({ text: 'Not before noon', channels: [world.channel()], dueAt });
    await settle(runId, ['published']);
    const arrival = world.proxy.arrivals.find((call) => call.text === 'Not before noon');
    expect(arrival?.at).toBeGreaterThanOrEqual(dueAt.getTime());
  });
});

describe('a sweep', () => {
  it('with nothing due asks the database once and returns', async () => {
    const idle = world.build();
    worker.stop();
    await turning;
    const { newContext, runInContext } = await import('@/core/http/context');
    const context = newContext('req_idle_sweep');
    const counts = await runInContext(context, () => idle.dispatcher().sweep(new Date()));
    worker = parts.dispatcher({ every: 200 });
    turning = worker.turn();
    expect(counts).toMatchObject({ due: 0, claimed: 0, errors: 0 });
    expect(context.documentReads).toBe(1);
  });
});

describe('very many posts of one slow channel', () => {
  it.concurrent('keep no other channel’s waiting: neither what is due now nor what lies between', async () => {
    const crowded = await new PublishingWorld(systemClock, separateDatabase('fair')).start();
    const planner = crowded.build();
    crowded.proxy.fixedLatency = 250;
    const [slow, between, late] = [crowded.channel(), crowded.channel(), crowded.channel()];
    const due = (ago: number) => new Date(Date.now() - ago);
    const plan = (count: number, channel: typeof slow, ago: number) =>
      Promise.all(
        Array.from({ length: count }, (_, turn) =>
          crowded.post(planner, { channels: [channel], dueAt: due(ago - turn) }),
        ),
      );
    await plan(30, slow, 60_000);
    const others = await plan(1, between, 40_000);
    await plan(30, slow, 30_000);
    others.push(...(await plan(1, late, 0)));
    const dispatcher = planner.dispatcher({ every: 100, page: 10, concurrency: 8 });
    const turning = dispatcher.turn();
    try {
      await until(async () => {
        const runs = await Promise.all(others.map(({ runIds }) => crowded.run(runIds[0] ?? '')));
        return runs.every((run) => run?.status === 'published');
      }, 20_000);
      const out = (await crowded.runs()).filter((run) => run.status === 'published');
      expect(out.length).toBeLessThan(30);
    } finally {
      dispatcher.stop();
      await turning;
      await crowded.stop();
    }
  });
});

describe('accepted, and the answer lost', () => {
  for (const fault of ['accept_then_reset', 'accept_then_504'] as const) {
    it.concurrent(`${fault}, a network that knows: found by its key`, async () => {
      const text = `exact ${fault}`;
      world.proxy.fault(text, fault);
      const { runId } = await one({ text, channels: [world.channel('exact')] });
      const run = await settle(runId, ['published']);
      expect(run.permalink).toBeTruthy();
      expect(world.shown(text)).toBe(1);
      expect((await world.attempts(runId)).map((attempt) => attempt.outcome)).toEqual(['unknown', 'found']);
    });

    it.concurrent(`${fault}, a network that shows it later: found by its text`, async () => {
      const text = `eventual ${fault}`;
      world.proxy.fault(text, fault);
      const { runId } = await one({ text, channels: [world.channel('eventual')] });
      await settle(runId, ['published']);
      expect(world.shown(text)).toBe(1);
    });

    it.concurrent(`${fault}, a network that cannot tell: a person is asked at once`, async () => {
      const text = `none ${fault}`;
      world.proxy.fault(text, fault);
      const { postId, runId } = await one({ text, channels: [world.channel('none')] });
      const run = await settle(runId, ['unconfirmed']);
      expect(run.askedAt).not.toBeNull();
      expect(run.nextActionAt?.getTime()).toBeGreaterThan(Date.now());
      await until(async () => (await world.postDocument(postId))?.status === 'attention');
      const asked = await core.db.find(
        core.db.collection(outboxModel).where('event', '==', 'post.unconfirmed'),
      );
      expect(asked.filter((entry) => entry.payload.includes(runId))).toHaveLength(1);
      expect(world.shown(text)).toBe(1);
    });
  }

  for (const mode of ['exact', 'eventual', 'none'] as const) {
    it.concurrent(`never arrived, ${mode}: sent again only where that is certain`, async () => {
      const text = `lost on the way, ${mode}`;
      world.proxy.fault(text, 'reset_before');
      const { runId } = await one({ text, channels: [world.channel(mode)] });
      const run = await settle(runId, mode === 'exact' ? ['published'] : ['unconfirmed']);
      if (mode === 'eventual') await until(async () => (await world.run(run.id))?.askedAt, 15_000);
      expect(world.shown(text)).toBe(mode === 'exact' ? 1 : 0);
    });
  }

  it.concurrent('an eventual channel that resends by itself does so only after the last look', async () => {
    const text = 'resent by setting';
    world.proxy.fault(text, 'reset_before');
    const { runId } = await one({ text, channels: [world.channel('eventual', { automaticResend: true })] });
    await settle(runId, ['published'], 25_000);
    expect(world.shown(text)).toBe(1);
    const outcomes = (await world.attempts(runId)).map((attempt) => attempt.outcome);
    expect(outcomes).toEqual(['unknown', 'absent', 'absent', 'absent', 'published']);
  });

  it.concurrent('two posts of one text, both answers lost, one out: only one is called published', async () => {
    const text = 'twins';
    const channel = world.channel('eventual');
    world.proxy.fault(text, 'accept_then_reset', 'reset_before');
    const first = await one({ text, channels: [channel] });
    const second = await one({ text, channels: [channel] });
    const runs = await until(async () => {
      const both = await Promise.all([world.run(first.runId), world.run(second.runId)]);
      const over = both.every((run) => run?.status === 'published' || run?.askedAt);
      return over ? both : null;
    }, 25_000);
    expect(runs.map((run) => run?.status).sort()).toEqual(['published', 'unconfirmed']);
    expect(world.shown(text)).toBe(1);
  });
});
