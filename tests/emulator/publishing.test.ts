import { ownDatabase, type PublishingParts, PublishingWorld, until } from '@tests/support/publishing';

ownDatabase('machine');

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxModel } from '@/core/events/outbox';
import { contentPublished } from '@/features/publishing/events';
import { core } from '@/server/core';

let world: PublishingWorld;
let parts: PublishingParts;

beforeAll(async () => {
  world = await new PublishingWorld().start();
  parts = world.build();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.proxy.faults.length = 0;
  world.proxy.latency = 0;
});

/** Sweeps until a run rests in one of these. */
async function settle(runId: string, statuses: string[], milliseconds = 15_000) {
  return until(
    async () => {
      await parts.dispatcher().sweep(core.clock.now());
      const run = await world.run(runId);
      return run && statuses.includes(run.status) && !run.leaseOwner ? run : null;
    },
    milliseconds,
    `${runId} in ${statuses.join(' or ')}`,
  );
}

describe('a text post', () => {
  it('goes out once, with its link, one event, one timeline entry, and its post is published', async () => {
    const channel = world.channel();
    const events: string[] = [];
    parts.bus.subscribe(contentPublished, 'test', async (payload) => void events.push(payload.runId));
    const { postId, runIds } = await world.post(parts, { text: 'First light', channels: [channel] });
    const runId = runIds[0] ?? '';
    const counts = await parts.dispatcher().sweep(core.clock.now());
    expect(counts).toMatchObject({ due: 1, claimed: 1, left: { published: 1 }, errors: 0 });
    const run = await world.run(runId);
    expect(run).toMatchObject({ status: 'published', nextActionAt: null, leaseOwner: null, lastError: null });
    expect(run?.permalink).toContain('/sandbox/');
    expect(world.shown('First light')).toBe(1);
    expect(await world.attempts(runId)).toMatchObject([
      { phase: 'commit', step: 'root', outcome: 'published', status: 'published' },
    ]);
    await until(async () => (await world.postDocument(postId))?.status === 'published');
    expect(events).toEqual([runId]);
    await parts.dispatcher().sweep(core.clock.now());
    expect(world.shown('First light')).toBe(1);
  });

  it('never goes out early', async () => {
    const dueAt = new Date(core.clock.now().getTime() + 1_200);
    const { runIds } = await world.post(parts, {
      text: 'Not before noon',
      channels: [world.channel()],
      dueAt,
    });
    await parts.dispatcher().sweep(core.clock.now());
    expect(await world.run(runIds[0] ?? '')).toMatchObject({ status: 'scheduled', fence: 0 });
    await parts.dispatcher().sweep(new Date(dueAt.getTime() + 300));
    expect(await world.run(runIds[0] ?? '')).toMatchObject({ status: 'published' });
    const arrival = world.proxy.arrivals.find((one) => one.text === 'Not before noon');
    expect(arrival?.at).toBeGreaterThanOrEqual(dueAt.getTime());
  });
});

describe('accept, then no answer', () => {
  for (const fault of ['accept_then_reset', 'accept_then_504'] as const) {
    it(`${fault}, network that knows: found by its key, out once`, async () => {
      world.proxy.faults.push(fault);
      const text = `exact ${fault}`;
      const { runIds } = await world.post(parts, { text, channels: [world.channel('exact')] });
      const run = await settle(runIds[0] ?? '', ['published']);
      expect(run.permalink).toBeTruthy();
      expect(world.shown(text)).toBe(1);
      const outcomes = (await world.attempts(run.id)).map((attempt) => attempt.outcome);
      expect(outcomes).toEqual(['unknown', 'found']);
    });

    it(`${fault}, network that shows it later: found by its text, out once`, async () => {
      world.proxy.faults.push(fault);
      const text = `eventual ${fault}`;
      const { runIds } = await world.post(parts, { text, channels: [world.channel('eventual')] });
      await settle(runIds[0] ?? '', ['published']);
      expect(world.shown(text)).toBe(1);
    });

    it(`${fault}, network that cannot tell: a person is asked at once, nothing is sent again`, async () => {
      world.proxy.faults.push(fault);
      const text = `none ${fault}`;
      const { postId, runIds } = await world.post(parts, { text, channels: [world.channel('none')] });
      const run = await settle(runIds[0] ?? '', ['unconfirmed']);
      expect(run.askedAt).not.toBeNull();
      expect(run.nextActionAt).not.toBeNull();
      await parts.dispatcher().sweep(core.clock.now());
      expect(world.shown(text)).toBe(1);
      await until(async () => (await world.postDocument(postId))?.status === 'attention');
      const asked = await core.db.find(
        core.db.collection(outboxModel).where('event', '==', 'post.unconfirmed'),
      );
      expect(asked.filter((entry) => entry.payload.includes(run.id))).toHaveLength(1);
    });
  }

  it('a request that never arrived is sent again only where that is certain', async () => {
    for (const mode of ['exact', 'eventual', 'none'] as const) {
      world.proxy.faults.push('reset_before');
      const text = `lost on the way, ${mode}`;
      const { runIds } = await world.post(parts, { text, channels: [world.channel(mode)] });
      const run = await settle(runIds[0] ?? '', mode === 'exact' ? ['published'] : ['unconfirmed']);
      if (mode === 'eventual')
        await until(async () => (await settle(run.id, ['unconfirmed'])).askedAt, 12_000);
      expect([mode, world.shown(text)]).toEqual([mode, mode === 'exact' ? 1 : 0]);
    }
  });
});
