import { ownDatabase, type PublishingParts, PublishingWorld } from '@tests/support/publishing';
import { until } from '@tests/support/until';

ownDatabase('outcomes');

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postModel } from '@/features/content/schema';
import type { RunDispatcher } from '@/features/publishing/dispatcher';
import type { Run } from '@/features/publishing/schema';

let world: PublishingWorld;
let parts: PublishingParts;
let worker: RunDispatcher;
let turning: Promise<void>;

beforeAll(async () => {
  world = await new PublishingWorld().start();
  // Jitter of zero: the shortest waits there are.
  parts = world.build({ random: () => 0 });
  worker = parts.dispatcher({ every: 200 });
  turning = worker.turn();
});
afterAll(async () => {
  worker.stop();
  await turning;
  await world.stop();
});

function settle(runId: string, statuses: string[], milliseconds = 25_000): Promise<Run> {
  return until(
    async () => {
      const run = await world.run(runId);
      return run && statuses.includes(run.status) && !run.leaseOwner ? run : null;
    },
    milliseconds,
    `${runId} in ${statuses.join(' or ')}`,
  );
}

const post = async (request: Parameters<PublishingWorld['post']>[1]) => {
  const { postId, runIds } = await world.post(parts, request);
  return { postId, runId: runIds[0] ?? '' };
};
const outcomes = async (runId: string) => (await world.attempts(runId)).map((attempt) => attempt.outcome);

describe('failures', () => {
  it.concurrent('Retry-After is followed exactly, and holds every run of the account', async () => {
    const channel = world.channel();
    world.fault(channel, { on: 'commit', kind: 'rate_limit', retryAfterSeconds: 3 });
    const first = await post({ text: 'limited one', channels: [channel] });
    const limited = await until(async () => {
      const run = await world.run(first.runId);
      return run?.attempts === 1 ? run : null;
    });
    const [refused] = await world.attempts(first.runId);
    expect(limited.nextActionAt?.getTime()).toBe((refused?.finishedAt.getTime() ?? 0) + 3_000);
    const second = await post({ text: 'limited two', channels: [channel] });
    const other = await post({ text: 'unlimited', channels: [world.channel()] });
    await settle(other.runId, ['published']);
    const waiting = await until(async () => {
      const run = await world.run(second.runId);
      return run?.lastErrorClass === 'rate_limit' ? run : null;
    });
    expect(waiting).toMatchObject({ status: 'scheduled', attempts: 0, nextActionAt: limited.nextActionAt });
    await Promise.all([settle(first.runId, ['published']), settle(second.runId, ['published'])]);
    const until3 = limited.nextActionAt?.getTime() ?? 0;
    const arrivals = world.proxy.arrivals.filter((call) => call.text.startsWith('limited'));
    expect(arrivals).toHaveLength(3);
    for (const call of arrivals.slice(1)) expect(call.at).toBeGreaterThanOrEqual(until3);
  });

  it.concurrent('six tries, then failed with its reason, its post and its author told', async () => {
    const channel = world.channel();
    const limit = { on: 'commit', kind: 'rate_limit', retryAfterSeconds: 0 } as const;
    world.fault(channel, limit, limit, limit, limit, limit, limit, limit);
    const { postId, runId } = await post({ text: 'never', channels: [channel] });
    const run = await settle(runId, ['failed']);
    expect(run).toMatchObject({ lastErrorClass: 'rate_limit', nextActionAt: null, uncertain: false });
    expect(run.lastError).toContain('slow down');
    expect(await outcomes(runId)).toEqual(Array(6).fill('rejected'));
    await until(async () => (await world.postDocument(postId))?.status === 'failed');
    expect(world.shown('never')).toBe(0);
  });

  it.concurrent('a definite no is not tried again', async () => {
    const channel = world.channel();
    world.fault(channel, { on: 'commit', kind: 'reject' });
    const { runId } = await post({ text: 'refused', channels: [channel] });
    await settle(runId, ['failed']);
    expect(await outcomes(runId)).toEqual(['rejected']);
  });

  it.concurrent('a refused sign-in is renewed once and the post goes out', async () => {
    const channel = world.channel();
    world.fault(channel, { on: 'commit', kind: 'unauthorized' });
    const { runId } = await post({ text: 'renewed', channels: [channel] });
    await settle(runId, ['published']);
    expect(await outcomes(runId)).toEqual(['rejected', 'published']);
  });

  it.concurrent('a sign-in that stays refused blocks, and reconnecting releases', async () => {
    const channel = world.channel();
    const no = { on: 'commit', kind: 'unauthorized' } as const;
    world.fault(channel, no, no, no);
    const { runId, postId } = await post({ text: 'reconnected', channels: [channel] });
    const run = await settle(runId, ['blocked']);
    expect(run).toMatchObject({ blockedReason: 'reconnect' });
    expect(run.nextActionAt).not.toBeNull();
    await until(async () => (await world.postDocument(postId))?.status === 'attention');
    expect(await parts.service.channelReconnected(channel.connectionId)).toBe(1);
    await settle(runId, ['published']);
    expect(world.shown('reconnected')).toBe(1);
  });

  it.concurrent('a channel that must be reconnected is not called at all', async () => {
    const channel = world.channel();
    channel.health = 'needs_reauth';
    const { runId } = await post({ text: 'not called', channels: [channel] });
    expect(await settle(runId, ['blocked'])).toMatchObject({ blockedReason: 'reconnect' });
    expect(world.proxy.arrivals.filter((call) => call.text === 'not called')).toEqual([]);
  });

  it.concurrent('a rule broken at claim blocks with the rule', async () => {
    const { runId } = await post({ text: 'x'.repeat(900), channels: [world.channel()] });
    const run = await settle(runId, ['blocked']);
    expect(run).toMatchObject({ blockedReason: 'rules' });
    expect(run.lastError).toMatch(/breaks a rule/);
  });

  it.concurrent('long overdue is asked about, not sent; a person may send it', async () => {
    const dueAt = new Date(Date.now() - 7 * 3600_000);
    const { postId, runId } = await post({ text: 'yesterday', channels: [world.channel()], dueAt });
    expect(await settle(runId, ['blocked'])).toMatchObject({ blockedReason: 'late' });
    expect(world.shown('yesterday')).toBe(0);
    await parts.service.retry(person(), postId, runId);
    await settle(runId, ['published']);
  });

  it.concurrent('a little overdue goes out: no look-back limit of the sweep', async () => {
    const dueAt = new Date(Date.now() - 5 * 3600_000);
    const { runId } = await post({ text: 'this morning', channels: [world.channel()], dueAt });
    await settle(runId, ['published']);
  });
});

describe('approval', () => {
  it.concurrent('missing at the due time blocks', async () => {
    const { runId } = await post({
      text: 'unapproved',
      channels: [world.channel('exact', { requiresApproval: true })],
      needsApproval: true,
      dueAt: new Date(Date.now() + 800),
    });
    expect(await settle(runId, ['blocked'])).toMatchObject({ blockedReason: 'approval' });
  });

  it.concurrent('of other content is none: the commit checks it', async () => {
    const { runId } = await post({
      text: 'approved before the last edit',
      channels: [world.channel('exact', { requiresApproval: true })],
      approval: { status: 'approved', hash: 'of something else' },
    });
    expect(await settle(runId, ['blocked'])).toMatchObject({ blockedReason: 'approval' });
    expect(world.shown('approved before the last edit')).toBe(0);
  });
});

describe('threads and first comments', () => {
  it.concurrent('go out in order, each once, under the first post', async () => {
    const { postId, runId } = await post({
      text: 'part 1',
      thread: ['part 2', 'part 3'],
      firstComment: 'and a comment',
      channels: [world.channel()],
    });
    const run = await settle(runId, ['published']);
    expect(run.parts.map((part) => [part.key, part.status])).toEqual([
      ['root', 'published'],
      ['thread_1', 'published'],
      ['thread_2', 'published'],
      ['comment', 'published'],
    ]);
    const posts = world.network.posts();
    const at = (text: string) => posts.find((one) => one.text === text);
    expect(at('part 2')?.replyTo).toBe(at('part 1')?.id);
    expect(at('part 3')?.replyTo).toBe(at('part 2')?.id);
    expect(at('and a comment')?.replyTo).toBe(at('part 1')?.id);
    expect((await world.attempts(runId)).map((attempt) => attempt.step)).toEqual([
      'root',
      'thread_1',
      'thread_2',
      'comment',
    ]);
    await until(async () => (await world.postDocument(postId))?.status === 'published');
  });

  it.concurrent('a lost answer in the middle settles that part alone', async () => {
    world.proxy.fault('middle', 'accept_then_reset');
    const { runId } = await post({ text: 'begin', thread: ['middle', 'end'], channels: [world.channel()] });
    await settle(runId, ['published']);
    expect(['begin', 'middle', 'end'].map((text) => world.shown(text))).toEqual([1, 1, 1]);
  });

  it.concurrent('a part that is refused leaves a partial run; trying again sends only what is missing', async () => {
    world.proxy.fault('broken', 'refuse');
    const { postId, runId } = await post({
      text: 'whole',
      thread: ['broken', 'rest'],
      channels: [world.channel()],
    });
    const partial = await settle(runId, ['partial']);
    expect(partial).toMatchObject({ step: 'thread_1', nextActionAt: null, uncertain: false });
    expect(partial.parts.map((part) => part.status)).toEqual(['published', 'failed', 'waiting']);
    await until(async () => (await world.postDocument(postId))?.status === 'partial');
    await parts.service.retry(person(), postId, runId);
    await settle(runId, ['published']);
    expect(['whole', 'broken', 'rest'].map((text) => world.shown(text))).toEqual([1, 1, 1]);
  });
});

describe('what a person decides about an unconfirmed post', () => {
  async function asked(text: string, arrived: boolean) {
    world.proxy.fault(text, arrived ? 'accept_then_reset' : 'reset_before');
    const made = await post({ text, channels: [world.channel('none')] });
    await settle(made.runId, ['unconfirmed']);
    return made;
  }

  it.concurrent('it is out: published under the link they gave, announced once', async () => {
    const { postId, runId } = await asked('seen with my own eyes', true);
    const view = await parts.service.resolve(person(), postId, runId, {
      outcome: 'published',
      permalink: 'https://example.test/p/1',
      resend: false,
    });
    expect(view).toMatchObject({
      status: 'published',
      permalink: 'https://example.test/p/1',
      needsAnswer: false,
    });
    expect((await world.attempts(runId)).at(-1)).toMatchObject({ phase: 'decision', actorId: 'person' });
    await until(async () => (await world.postDocument(postId))?.status === 'published');
    expect(world.shown('seen with my own eyes')).toBe(1);
  });

  it.concurrent('it is not, send: sent once more', async () => {
    const { postId, runId } = await asked('sent by a person', false);
    await parts.service.resolve(person(), postId, runId, { outcome: 'absent', resend: true });
    await settle(runId, ['published']);
    expect(world.shown('sent by a person')).toBe(1);
  });

  it.concurrent('leave it: nothing is sent, trying again is refused, the question can still be answered', async () => {
    const { postId, runId } = await asked('left alone', true);
    await parts.service.resolve(person(), postId, runId, { outcome: 'absent', resend: false });
    const left = await settle(runId, ['failed']);
    expect(left).toMatchObject({ uncertain: true, nextActionAt: null });
    await expect(parts.service.retry(person(), postId, runId)).rejects.toMatchObject({ code: 'conflict' });
    const view = await parts.service.resolve(person(), postId, runId, {
      outcome: 'published',
      resend: false,
    });
    expect(view.status).toBe('published');
    expect(world.shown('left alone')).toBe(1);
  });

  it.concurrent('a second answer, and an answer nobody asked for, are refused', async () => {
    const { postId, runId } = await asked('answered twice', true);
    const answer = { outcome: 'published', resend: false } as const;
    await parts.service.resolve(person(), postId, runId, answer);
    await expect(parts.service.resolve(person(), postId, runId, answer)).rejects.toMatchObject({
      status: 409,
    });
    await expect(parts.service.resolve(person('other'), postId, runId, answer)).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe('removing', () => {
  it.concurrent('takes every part off the network, last first, and can be repeated', async () => {
    const { postId, runId } = await post({
      text: 'goodbye',
      firstComment: 'goodbye too',
      channels: [world.channel()],
    });
    await settle(runId, ['published']);
    await parts.service.removeFromNetworks(person(), postId);
    expect(await settle(runId, ['deleted'])).toMatchObject({ nextActionAt: null });
    expect([world.shown('goodbye'), world.shown('goodbye too')]).toEqual([0, 0]);
    await until(async () => (await world.postDocument(postId))?.status === 'deleted');
  });
});

describe('a post that went away', () => {
  it.concurrent('before its time is not sent', async () => {
    const { postId, runId } = await post({ text: 'gone', channels: [world.channel()], dueAt: soon(1_500) });
    await world.db.delete(world.db.doc(postModel, postId));
    await settle(runId, ['cancelled']);
    expect(world.shown('gone')).toBe(0);
  });
});

function soon(milliseconds = 0): Date {
  return new Date(Date.now() + milliseconds);
}

function person(organizationId = world.organizationId) {
  return {
    userId: 'person',
    organizationId,
    role: 'admin' as const,
    permissions: new Set<string>(),
    channelIds: [],
  };
}
