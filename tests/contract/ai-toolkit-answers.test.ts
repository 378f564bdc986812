import { askedOf, CHAIN, withVendors } from '@tests/support/ai-vendors';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Catalogue } from '@/features/ai/catalogue';
import { providersFor, type Vendors } from '../fakes/ai/harness';
import { type Bench, eventsOf, nothingHeld, textOf, toolkitOver } from '../fakes/ai/toolkit';

/** What an answer must be, what it costs, and what is refused: real providers, ledgers in memory. */
let vendors: Vendors;
let bench: Bench;
withVendors((started) => {
  vendors = started;
});
beforeEach(() => {
  bench = toolkitOver(providersFor(vendors, [...CHAIN]));
});
const asked = () => askedOf(vendors);

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
