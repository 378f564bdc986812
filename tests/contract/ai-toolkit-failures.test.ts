import { setTimeout as delay } from 'node:timers/promises';
import { askedOf, CHAIN, withVendors } from '@tests/support/ai-vendors';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode, ExternalErrorClass } from '@/core/errors';
import type { ProviderId } from '@/features/ai/schema';
import { providersFor, type Vendors } from '../fakes/ai/harness';
import type { Fault } from '../fakes/ai/server';
import { type Bench, eventsOf, nothingHeld, textOf, toolkitOver } from '../fakes/ai/toolkit';

/** Who is asked and who pays when vendors misbehave or callers leave: real providers, ledgers in memory. */
let vendors: Vendors;
let bench: Bench;
withVendors((started) => {
  vendors = started;
});
beforeEach(() => {
  bench = toolkitOver(providersFor(vendors, [...CHAIN]));
});
const asked = () => askedOf(vendors);

/** How one error class shows itself at a vendor. */
const FAULT_OF: Record<Exclude<ExternalErrorClass, 'timeout'>, Fault> = {
  rate_limit: { kind: 'status', status: 429, retryAfter: 30 },
  auth_expired: { kind: 'status', status: 401 },
  unavailable: { kind: 'status', status: 500 },
  invalid_request: { kind: 'status', status: 400, message: 'bad field' },
  content_policy: { kind: 'refusal' },
  context_too_long: { kind: 'status', status: 413 },
  quota: { kind: 'status', status: 402 },
  unknown: { kind: 'malformed' },
};
type Class = keyof typeof FAULT_OF;

/** What happens when a provider answers with that class: who is asked next, or how it ends. */
const REACTION: Record<Class, { tries: number; stop?: ErrorCode }> = {
  rate_limit: { tries: 1 },
  auth_expired: { tries: 1 },
  quota: { tries: 1 },
  unavailable: { tries: 2 },
  unknown: { tries: 2 },
  // GLM has the smallest context, so everybody after it has a larger one.
  context_too_long: { tries: 1 },
  content_policy: { tries: 1, stop: 'content_blocked' },
  invalid_request: { tries: 1, stop: 'provider_rejected_request' },
};

function break_(provider: (typeof CHAIN)[number], fault: Fault, times: number): void {
  for (let count = 0; count < times; count += 1) vendors[provider].faults.push(fault);
}

async function run(stream: boolean): Promise<{ text: string; provider?: ProviderId; code?: string }> {
  const task = bench.task();
  if (!stream) {
    try {
      const answer = await bench.toolkit.execute(task);
      return { text: answer.output.text, provider: answer.usage.provider };
    } catch (error) {
      return { text: '', code: (error as { code: string }).code };
    }
  }
  const events = await eventsOf(await bench.toolkit.stream(task));
  const terminal = events.filter(({ event }) => event === 'done' || event === 'error');
  expect(terminal).toHaveLength(1);
  expect(events.at(-1)).toBe(terminal[0]);
  const meta = events.find((event) => event.event === 'meta');
  const last = events.at(-1);
  return {
    text: textOf(events),
    ...(meta?.event === 'meta' ? { provider: meta.data.provider } : {}),
    ...(last?.event === 'error' ? { code: last.data.code } : {}),
  };
}

describe.each([false, true])('every error class at every place of the chain (stream %s)', (stream) => {
  const cases = (Object.keys(FAULT_OF) as Class[]).flatMap((kind) =>
    [0, 1].map((place) => [kind, place] as const),
  );

  it.each(cases)('%s at place %i', async (kind, place) => {
    const { tries, stop } = REACTION[kind];
    // Those before the one under test are out at once, so that four attempts reach it.
    for (const id of CHAIN.slice(0, place)) break_(id, FAULT_OF.quota, 1);
    break_(
      CHAIN[place] as 'glm',
      stream && kind === 'unknown' ? { kind: 'cut', after: 0, how: 'end' } : FAULT_OF[kind],
      tries,
    );
    const result = await run(stream);
    const contextStop = kind === 'context_too_long' && place > 0;
    const expected = CHAIN.map((_, index) => (index < place ? 1 : index === place ? tries : 0));
    if (stop || contextStop) {
      expect(result).toMatchObject({ text: '', code: stop ?? 'context_too_long' });
      expect(bench.meter.charges.size).toBe(0);
    } else {
      const next = CHAIN[place + 1] as 'openai';
      expected[place + 1] = 1;
      expect(result).toEqual({ text: vendors[next].replies[0], provider: next });
      expect([...bench.meter.charges.values()]).toEqual([1]);
    }
    if (!contextStop) expect(asked()).toEqual(expected);
    await expect.poll(() => nothingHeld(bench)).toBe(true);
    expect(bench.usage.rows).toHaveLength(asked().reduce((sum, count) => sum + count, 0));
  });

  it('everybody fails: one plain error, no charge, nothing held', async () => {
    for (const id of CHAIN) break_(id, FAULT_OF.quota, 2);
    expect(await run(stream)).toEqual({ text: '', code: 'ai_unavailable' });
    expect(bench.meter.balance).toBe(1_000);
    await expect.poll(() => nothingHeld(bench)).toBe(true);
    expect(bench.alerts.map(({ provider }) => provider)).toEqual([...CHAIN]);
  });

  const impatient = { firstTokenMs: 120, betweenChunksMs: 120, attemptShare: 0.25, deadlineMs: 1_600 };

  it('a vendor that answers nothing is a timeout: one retry, then somebody else', async () => {
    bench = toolkitOver(providersFor(vendors, [...CHAIN]), { limits: impatient });
    break_('glm', { kind: 'silence' }, 2);
    const result = await run(stream);
    expect(result.provider).toBe('openai');
    expect(asked()).toEqual([2, 1, 0, 0]);
    expect(bench.usage.rows.map(({ errorClass }) => errorClass)).toEqual(['timeout', 'timeout', null]);
    expect([...bench.meter.charges.values()]).toEqual([1]);
  });

  it('nobody answers before the deadline: 503, nothing charged', async () => {
    bench = toolkitOver(providersFor(vendors, [...CHAIN]), {
      limits: { ...impatient, deadlineMs: 400, attemptShare: 1 },
    });
    for (const id of CHAIN) break_(id, { kind: 'silence' }, 4);
    expect(await run(stream)).toEqual({ text: '', code: 'ai_timeout' });
    expect(bench.meter.charges.size).toBe(0);
    await expect.poll(() => nothingHeld(bench)).toBe(true);
    // What was under way at the deadline must not arrive in the next test.
    await delay(200);
  });
});

describe('a stream that breaks', () => {
  it.each(['reset', 'end'] as const)(
    'after its tenth chunk: one error, no second provider, no charge (%s)',
    async (how) => {
      vendors.glm.replies = [Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ')];
      vendors.glm.faults.push({ kind: 'cut', after: 10, how });
      const events = await eventsOf(await bench.toolkit.stream(bench.task()));
      expect(events.filter(({ event }) => event === 'delta').length).toBeGreaterThan(0);
      expect(events.filter(({ event }) => event === 'error')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ event: 'error', data: { partial: true } });
      expect(events.some(({ event }) => event === 'done' || event === 'usage')).toBe(false);
      expect(asked()).toEqual([1, 0, 0, 0]);
      expect(bench.meter.balance).toBe(1_000);
      await expect.poll(() => nothingHeld(bench)).toBe(true);
      expect(bench.usage.rows).toMatchObject([{ success: false, provider: 'glm' }]);
      expect(bench.usage.rows[0]?.outputTokens).toBeGreaterThan(0);
    },
  );

  it('goes silent in the middle: one error, the hold is released', async () => {
    const limits = { firstTokenMs: 500, betweenChunksMs: 150, attemptShare: 0.5 };
    bench = toolkitOver(providersFor(vendors, [...CHAIN]), { limits });
    vendors.glm.faults.push({ kind: 'cut', after: 5, how: 'silence' });
    const events = await eventsOf(await bench.toolkit.stream(bench.task()));
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 'ai_timeout' } });
    await expect.poll(() => nothingHeld(bench)).toBe(true);
    expect(bench.meter.charges.size).toBe(0);
    await expect.poll(() => vendors.glm.seen[0]?.aborted).toBe(true);
  });

  it('before anything is visible: another provider answers', async () => {
    vendors.glm.faults.push({ kind: 'cut', after: 0, how: 'reset' }, { kind: 'cut', after: 0, how: 'reset' });
    const events = await eventsOf(await bench.toolkit.stream(bench.task()));
    expect(events[0]).toMatchObject({ event: 'meta', data: { provider: 'openai' } });
    expect(events.at(-1)).toMatchObject({ event: 'done' });
    expect(events.map(({ event }) => event).filter((name) => name !== 'delta')).toEqual([
      'meta',
      'usage',
      'done',
    ]);
  });
});

describe('a caller who leaves', () => {
  it('before the first token: released, upstream aborted', async () => {
    vendors.glm.faults.push({ kind: 'slow_start', ms: 5_000 });
    const controller = new AbortController();
    const stream = await bench.toolkit.stream(bench.task({ signal: controller.signal }));
    setTimeout(() => controller.abort(), 80);
    const events = await eventsOf(stream);
    expect(textOf(events)).toBe('');
    expect(bench.meter.charges.size).toBe(0);
    await expect.poll(() => nothingHeld(bench)).toBe(true);
    await expect.poll(() => vendors.glm.seen[0]?.aborted).toBe(true);
    expect(asked()).toEqual([1, 0, 0, 0]);
  });

  it.each(['signal', 'return'] as const)('after the first token: charged (%s)', async (how) => {
    vendors.glm.replies = [Array.from({ length: 400 }, (_, index) => `word${index}`).join(' ')];
    vendors.glm.chunkMs = 4;
    const controller = new AbortController();
    const stream = await bench.toolkit.stream(bench.task({ signal: controller.signal }));
    let seen = '';
    for await (const event of stream) {
      if (event.event === 'delta') seen += event.data.text;
      if (seen.length < 60) continue;
      if (how === 'return') break;
      controller.abort();
    }
    expect(seen.length).toBeGreaterThan(0);
    await expect.poll(() => vendors.glm.seen[0]?.aborted).toBe(true);
    expect([...bench.meter.charges.values()]).toEqual([1]);
    await expect.poll(() => nothingHeld(bench)).toBe(true);
    expect(bench.usage.rows).toMatchObject([{ errorClass: 'caller_left', provider: 'glm' }]);
    expect(bench.meter.settled[0]?.facts.outputTokens).toBeGreaterThan(0);
    vendors.glm.replies = ['The terrace opens on Friday. Bring a friend and try the new cold brew.'];
  });
});

describe('breaker and cooldown', () => {
  it('three failures open the circuit: the provider is left alone', async () => {
    break_('glm', FAULT_OF.unavailable, 10);
    await bench.toolkit.execute(bench.task());
    await bench.toolkit.execute(bench.task());
    const before = vendors.glm.seen.length;
    await bench.toolkit.execute(bench.task());
    expect(vendors.glm.seen.length).toBe(before);
    expect((await bench.health.provider('glm')).breaker).toBe('open');
  });

  it('a rate limit rests one model for as long as the vendor says', async () => {
    break_('glm', FAULT_OF.rate_limit, 1);
    await bench.toolkit.execute(bench.task());
    const first = vendors.glm.seen[0]?.body.model;
    const second = await bench.toolkit.execute(bench.task());
    expect(second.usage.provider).toBe('glm');
    expect(second.usage.model).not.toBe(first);
    expect((await bench.health.facts([{ key: `glm/${first}`, provider: 'glm' }])).size).toBe(1);
  });

  it('all resting: 503 with the earliest time to try again', async () => {
    bench = toolkitOver(providersFor(vendors, ['glm']));
    bench.tier.of = 'free';
    vendors.glm.faults.push({ kind: 'status', status: 429, retryAfter: 600 });
    await bench.toolkit.execute(bench.task()).catch(() => undefined);
    await expect(bench.toolkit.execute(bench.task())).rejects.toMatchObject({
      code: 'ai_unavailable',
      status: 503,
      retryAfterSeconds: expect.closeTo(600, -1) as number,
    });
  });
});
