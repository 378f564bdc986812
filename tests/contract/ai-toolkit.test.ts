import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ErrorCode, ExternalErrorClass } from '@/core/errors';
import { Catalogue } from '@/features/ai/catalogue';
import type { ProviderId } from '@/features/ai/schema';
import { providersFor, startVendors, stopVendors, type Vendors } from '../fakes/ai/harness';
import type { Fault } from '../fakes/ai/server';
import { type Bench, eventsOf, nothingHeld, textOf, toolkitOver } from '../fakes/ai/toolkit';

/** Routing, charging and streaming over real providers and misbehaving vendors; ledgers in memory. */
const CHAIN = ['glm', 'openai', 'anthropic', 'mistral'] as const;

let vendors: Vendors;
let bench: Bench;

beforeAll(async () => {
  vendors = await startVendors();
});
afterAll(() => stopVendors(vendors));
beforeEach(() => {
  for (const vendor of Object.values(vendors)) vendor.reset();
  bench = toolkitOver(providersFor(vendors, [...CHAIN]));
});

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

const asked = () => CHAIN.map((id) => vendors[id].seen.length);

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

describe('answers with a shape', () => {
  const schema = { name: 'plan', zod: z.object({ title: z.string(), points: z.array(z.string()).min(1) }) };
  const shaped = () => bench.task({ needs: ['text', 'structured'], schema });

  it('wrong once: repaired by the same provider, charged once', async () => {
    vendors.glm.faults.push({ kind: 'wrong_json' });
    const answer = await bench.toolkit.execute(shaped());
    expect(schema.zod.parse(answer.output.data)).toBeDefined();
    expect(asked()).toEqual([2, 0, 0, 0]);
    expect(JSON.stringify(vendors.glm.seen[1]?.body)).toContain('does not fit the schema');
    expect([...bench.meter.charges.values()]).toEqual([1]);
  });

  it('wrong twice: 502, released', async () => {
    vendors.glm.faults.push({ kind: 'wrong_json' }, { kind: 'wrong_json' });
    await expect(bench.toolkit.execute(shaped())).rejects.toMatchObject({
      code: 'invalid_output',
      status: 502,
    });
    expect(asked()).toEqual([2, 0, 0, 0]);
    expect(bench.meter.charges.size).toBe(0);
    await expect.poll(() => nothingHeld(bench)).toBe(true);
  });
});

describe('cost', () => {
  it('every row costs catalogue price times model tokens, to the micro-dollar', async () => {
    const catalogue = new Catalogue();
    vendors.glm.faults.push({ kind: 'status', status: 500 }, { kind: 'cut', after: 3, how: 'end' });
    for (const provider of CHAIN) {
      const task = bench.task({ routing: { provider, allowFallback: true } });
      await eventsOf(await bench.toolkit.stream(task));
      await bench.toolkit.execute(bench.task({ routing: { provider } })).catch(() => undefined);
    }
    expect(bench.usage.rows.length).toBeGreaterThanOrEqual(8);
    for (const row of bench.usage.rows) {
      const model = catalogue.find(row.provider, row.model);
      const price = model?.price;
      if (!price) throw new Error(row.model);
      const fresh = row.inputTokens - row.cachedInputTokens;
      const dollars =
        (fresh * price.input + row.cachedInputTokens * price.cachedInput + row.outputTokens * price.output) /
        1e6;
      expect(row.costMicros).toBe(Math.round(Number((dollars * 1e6).toFixed(6))));
    }
    expect(bench.usage.rows.some(({ costMicros, success }) => costMicros > 0 && success)).toBe(true);
  });

  it('failed attempts are house cost: the user pays once, the quota sees the money', async () => {
    vendors.glm.faults.push({ kind: 'malformed' }, { kind: 'malformed' });
    const answer = await bench.toolkit.execute(bench.task());
    const total = bench.usage.rows.reduce((sum, row) => sum + row.costMicros, 0);
    const answered = bench.usage.rows.find(({ success }) => success);
    expect(answer.tokens.charged).toBe(1);
    expect(total).toBeGreaterThan(answered?.costMicros ?? 0);
    expect(bench.quota.states.get('o1')?.used).toEqual({ tokens: 1, requests: 1, costMicros: total });
  });

  it('a row that cannot be written waits in the outbox, and the answer stands', async () => {
    bench.usage.failing = true;
    const answer = await bench.toolkit.execute(bench.task());
    expect(answer.output.text).toContain('terrace');
    expect(bench.usage.kept).toHaveLength(1);
  });
});

describe('the cache', () => {
  const summary = (organizationId: string) =>
    bench.task({
      type: 'summary',
      cacheable: true,
      actor: { userId: 'u1', organizationId, permissions: new Set(['ai.use']) },
    });

  it('answers the same question of the same organisation for nothing', async () => {
    const first = await bench.toolkit.execute(summary('o1'));
    const second = await bench.toolkit.execute(summary('o1'));
    expect(second.output.text).toBe(first.output.text);
    expect(second.usage.cached).toBe(true);
    expect([first.tokens.charged, second.tokens.charged]).toEqual([1, 0]);
    expect(asked()).toEqual([1, 0, 0, 0]);
    expect(bench.usage.rows.map(({ cached, costMicros }) => [cached, costMicros > 0])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it('is never shared between organisations', async () => {
    await bench.toolkit.execute(summary('o1'));
    const other = await bench.toolkit.execute(summary('o2'));
    expect(other.usage.cached).toBe(false);
    expect(vendors.glm.seen).toHaveLength(2);
    for (const key of bench.cache.entries.keys()) expect(key).toMatch(/^org_o[12]_ai_/);
  });

  it('does not keep a flagged answer', async () => {
    bench.settings.rules.competitors = ['terrace'];
    const answer = await bench.toolkit.execute(summary('o1'));
    expect(answer.warnings).toMatchObject([{ kind: 'competitor', verdict: 'flag' }]);
    expect(bench.cache.entries.size).toBe(0);
  });
});

describe('brand safety', () => {
  it('a blocked brief is refused before anything is sent or held', async () => {
    bench.settings.rules.bannedWords = ['cheap'];
    const task = bench.task({ type: 'post_text', guarded: ['a cheap trick'] });
    await expect(bench.toolkit.execute(task)).rejects.toMatchObject({ code: 'content_blocked', status: 400 });
    expect(asked()).toEqual([0, 0, 0, 0]);
    expect(bench.quota.states.size).toBe(0);
  });

  it('a blocked answer is written once more, then refused and released', async () => {
    bench.settings.rules.bannedWords = ['terrace'];
    vendors.glm.replies = ['Visit the terrace.', 'Visit the garden.'];
    const answer = await bench.toolkit.execute(bench.task());
    expect(answer.output.text).toBe('Visit the garden.');
    expect([...bench.meter.charges.values()]).toEqual([1]);
    vendors.glm.replies = ['The terrace opens on Friday. Bring a friend and try the new cold brew.'];
    await expect(bench.toolkit.execute(bench.task())).rejects.toMatchObject({ code: 'content_blocked' });
    expect(bench.meter.charges.size).toBe(1);
    await expect.poll(() => nothingHeld(bench)).toBe(true);
  });

  it('a stream never shows a blocked phrase', async () => {
    bench.settings.rules.bannedWords = ['cold brew'];
    const events = await eventsOf(await bench.toolkit.stream(bench.task()));
    expect(textOf(events)).not.toMatch(/cold|brew/);
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 'content_blocked' } });
    expect(bench.meter.charges.size).toBe(0);
    await expect.poll(() => nothingHeld(bench)).toBe(true);
  });

  it('moderation that objects blocks; moderation that is away flags', async () => {
    bench.settings.moderation = true;
    vendors.glm.replies = ['pure violence'];
    await expect(bench.toolkit.execute(bench.task())).rejects.toMatchObject({ code: 'content_blocked' });
    vendors.glm.replies = ['The terrace opens on Friday. Bring a friend and try the new cold brew.'];
    vendors.openai.faults.push({ kind: 'status', status: 500 });
    const answer = await bench.toolkit.execute(bench.task());
    expect(answer.warnings).toMatchObject([{ kind: 'moderation_unreachable', verdict: 'flag' }]);
  });
});

describe('before anything is held', () => {
  it.each([
    [
      'no permission',
      { actor: { userId: 'u', organizationId: 'o', permissions: new Set<string>() } },
      'forbidden',
    ],
    ['no provider that can', { needs: ['image' as const] }, 'ai_not_configured'],
    ['a text too long for all', { maxOutputTokens: 400_000 }, 'context_too_long'],
  ])('%s', async (_name, extra, code) => {
    bench = toolkitOver(providersFor(vendors, ['glm']));
    await expect(bench.toolkit.execute(bench.task(extra))).rejects.toMatchObject({ code });
    expect(bench.meter.held.size + bench.quota.states.size).toBe(0);
  });

  it('a model beyond the tier', async () => {
    bench.tier.of = 'creator';
    const task = bench.task({ routing: { model: 'claude-opus-5-5' } });
    await expect(bench.toolkit.execute(task)).rejects.toMatchObject({
      code: 'model_not_allowed',
      status: 403,
    });
  });

  it('too few tokens give the quota back', async () => {
    bench.meter.balance = 0;
    await expect(bench.toolkit.execute(bench.task())).rejects.toMatchObject({ code: 'insufficient_tokens' });
    await expect.poll(() => nothingHeld(bench)).toBe(true);
  });

  it('a full quota', async () => {
    bench.settings.quota.requests = 1;
    await bench.toolkit.execute(bench.task());
    await expect(bench.toolkit.execute(bench.task())).rejects.toMatchObject({
      code: 'ai_quota_exceeded',
      status: 429,
    });
    await expect.poll(() => nothingHeld(bench)).toBe(true);
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
