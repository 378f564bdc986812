import { call, team } from '@tests/support/accounts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { POST as completion } from '@/app/api/ai/completion/route';
import { POST as estimate } from '@/app/api/ai/estimate/route';
import { POST as generate } from '@/app/api/ai/generate/route';
import { GET as imageStatus } from '@/app/api/ai/image/[jobId]/route';
import { POST as image } from '@/app/api/ai/image/route';
import { POST as optimize } from '@/app/api/ai/optimize/route';
import { GET as providerList } from '@/app/api/ai/providers/route';
import { GET as quota } from '@/app/api/ai/quota/[orgId]/route';
import { GET as calls } from '@/app/api/ai/usage/[orgId]/calls/route';
import { provide } from '@/core/singletons';
import { Catalogue } from '@/features/ai/catalogue';
import type { ProviderStatus } from '@/features/ai/directory';
import type { EstimateResponse } from '@/features/ai/estimate-schema';
import type { ImageJobResponse } from '@/features/ai/image-schema';
import type { QuotaResponse, UsageCall } from '@/features/ai/insight-schema';
import type { OptimizeResponse } from '@/features/ai/optimize-schema';
import { SandboxProvider } from '@/features/ai/providers/sandbox';
import type { AIProvider } from '@/features/ai/providers/types';
import {
  type CompletionResponse,
  GENERATE_TASKS,
  type GenerateResponse,
  type GenerateTask,
  type ProviderId,
} from '@/features/ai/schema';
import { core } from '@/server/core';

/** A machine without a single key and without a network: everything works, and everything says so. */
const text =
  'Café Lumen opens its terrace on 1 July. Breakfast from eight, live music on Fridays, dogs are welcome.';
let org: Awaited<ReturnType<typeof team<'mia'>>>;
let outside: { mockRestore(): void; mock: { calls: unknown[][] } };

const providers = new Map<ProviderId, AIProvider>();
const sandbox = (allowed: boolean) =>
  new SandboxProvider(
    { allowed, paceMs: 0 },
    { catalogue: new Catalogue(), http: core.outbound, clock: core.clock },
  );

beforeAll(async () => {
  provide('AiProviders', () => providers);
  providers.set('sandbox', sandbox(true));
  org = await team({ mia: 'member' }, { tier: 'enterprise' });
  outside = vi.spyOn(core.outbound, 'request').mockRejectedValue(new Error('There is no network.'));
});
afterAll(() => outside.mockRestore());

const mia = () => ({ as: org.mia, organizationId: org.organizationId });
const post = (path: string, body: unknown) => ({ method: 'POST' as const, path, body, ...mia() });

/** What a person would send for each task. */
const inputs: Record<GenerateTask, { input: object; more?: object }> = {
  post_text: { input: { text }, more: { platforms: ['x', 'linkedin'], variants: 2 } },
  long_form: { input: { text, maxWords: 300 } },
  thread: { input: { text, posts: 4 }, more: { platforms: ['x'] } },
  rewrite: { input: { text, instruction: 'Shorter and friendlier.' }, more: { variants: 2 } },
  hashtags: { input: { text, count: 5 } },
  caption_from_image: { input: { text, image: { mime: 'image/png', base64: '' } } },
  reply: { input: { text: 'Are dogs allowed?', context: text } },
  translation: { input: { text, languages: ['de', 'fr'] } },
  summary: { input: { text } },
  scoring: { input: { items: [text, 'Hi.'] } },
};

describe('without any key', () => {
  it.each(GENERATE_TASKS)('%s', async (task) => {
    const { input, more } = inputs[task];
    if (task === 'caption_from_image') {
      const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#d80' } })
        .png()
        .toBuffer();
      Object.assign(input, { image: { mime: 'image/png', base64: picture.toString('base64') } });
    }
    const answer = await call<GenerateResponse>(generate, post('/api/ai/generate', { task, input, ...more }));
    expect(answer.status, answer.text).toBe(200);
    const { results, usage, tokens } = answer.json;
    expect(usage).toMatchObject({ provider: 'sandbox', sandbox: true });
    expect(results.length).toBeGreaterThan(0);
    for (const result of results) expect(result.text.length).toBeGreaterThan(0);
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(results.length);
    expect(tokens.charged).toBeGreaterThan(0);
    if (task === 'thread') expect(results[0]?.posts).toHaveLength(4);
    if (task === 'hashtags') expect(results[0]?.hashtags?.length).toBeGreaterThan(0);
    if (task === 'scoring')
      expect(results.map(({ score }) => score)).toEqual([expect.any(Number), expect.any(Number)]);
    if (task === 'translation') expect(results.map(({ locale }) => locale)).toEqual(['de', 'fr']);
    // It writes about what it was asked, not about anything.
    if (task === 'post_text')
      for (const result of results) expect(result.text).toMatch(/terrace|lumen|july/i);
  });

  it.each(['post_text', 'long_form', 'rewrite', 'reply', 'summary', 'caption_from_image'] as const)(
    '%s as a stream',
    async (task) => {
      const { input } = inputs[task];
      const answer = await call(generate, post('/api/ai/generate', { task, input, stream: true }));
      expect(answer.status, answer.text).toBe(200);
      const blocks = answer.text.split('\n\n').filter((block) => block.startsWith('event: '));
      expect(blocks[0]).toMatch(/^event: meta\ndata: .*"sandbox":true/);
      expect(blocks.filter((block) => block.startsWith('event: delta')).length).toBeGreaterThan(1);
      expect(blocks.at(-1)).toMatch(/^event: done/);
    },
  );

  it('conversations, data of a given shape, and tools', async () => {
    const messages = [{ role: 'user', content: `Suggest an event for this place: ${text}` }];
    const ask = (more: object) =>
      call<CompletionResponse>(completion, post('/api/ai/completion', { messages, ...more }));
    const plain = await ask({});
    expect(plain.json.usage.sandbox).toBe(true);
    expect(plain.json.message.content).toMatch(/terrace|music|breakfast/i);

    const responseSchema = {
      type: 'object',
      properties: {
        title: { type: 'string', maxLength: 60 },
        seats: { type: 'integer', minimum: 10, maximum: 40 },
        kind: { enum: ['concert', 'breakfast'] },
        days: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 3 },
      },
      required: ['title', 'seats', 'kind', 'days'],
      additionalProperties: false,
    };
    const shaped = await ask({ responseSchema });
    expect(shaped.status, shaped.text).toBe(200);
    expect(shaped.json).toMatchObject({
      data: { title: expect.any(String) as string },
      usage: { sandbox: true },
    });

    const tools = [
      {
        name: 'find_slot',
        description: 'Finds a free slot for an event',
        parameters: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
      },
    ];
    const called = await ask({ tools, messages: [{ role: 'user', content: 'Find a slot for an event.' }] });
    expect(called.json).toMatchObject({
      finishReason: 'tool_calls',
      message: { toolCalls: [{ name: 'find_slot', arguments: { day: expect.any(String) as string } }] },
    });
  });

  it('advice on a text', async () => {
    const body = { text, platforms: ['x'], goals: ['more visits'] };
    const answer = await call<OptimizeResponse>(optimize, post('/api/ai/optimize', body));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json.usage.sandbox).toBe(true);
    expect(answer.json.suggestions.length).toBeGreaterThan(0);
    expect(answer.json.rewritten).not.toBe('');
  });

  it('pictures', async () => {
    const asked = await call<{ jobId: string }>(image, post('/api/ai/image', { prompt: text, count: 2 }));
    expect(asked.status, asked.text).toBe(202);
    const { jobId } = asked.json;
    await core.jobs.drain({ until: new Date(Date.now() + 20_000) });
    const status = async () =>
      (
        await call<ImageJobResponse>(imageStatus, {
          path: `/api/ai/image/${jobId}`,
          params: { jobId },
          ...mia(),
        })
      ).json;
    await expect.poll(async () => (await status()).status, { timeout: 20_000 }).toBe('done');
    const { assetIds, usage } = await status();
    expect(usage).toMatchObject({ provider: 'sandbox', sandbox: true });
    expect(new Set(assetIds).size).toBe(2);
  });

  it('prices before, and the pages that tell about AI', async () => {
    const priced = await call<EstimateResponse>(
      estimate,
      post('/api/ai/estimate', { task: 'post_text', input: { text }, variants: 2 }),
    );
    expect(priced.json, priced.text).toMatchObject({ tokensMin: 1, tokensMax: 2, costMicrosMax: 0 });
    const at = { params: { orgId: org.organizationId }, ...mia() };
    const listed = await call<{ providers: ProviderStatus[] }>(providerList, {
      path: '/api/ai/providers',
      ...mia(),
    });
    expect(listed.json.providers.filter(({ configured }) => configured).map(({ id }) => id)).toEqual([
      'sandbox',
    ]);
    const left = await call<QuotaResponse>(quota, { path: `/api/ai/quota/${org.organizationId}`, ...at });
    expect(left.json.own.used.requests).toBeGreaterThan(0);
    const rows = await call<{ items: UsageCall[] }>(calls, {
      path: `/api/ai/usage/${org.organizationId}/calls?limit=100`,
      ...at,
    });
    expect(new Set(rows.json.items.map(({ provider }) => provider))).toEqual(new Set(['sandbox']));
    expect(new Set(rows.json.items.map(({ taskType }) => taskType))).toEqual(
      new Set([...GENERATE_TASKS, 'chat', 'image']),
    );
  });

  it('nothing left the machine', () => {
    expect(outside.mock.calls).toEqual([]);
  });
});

describe('in production', () => {
  it('the sandbox is refused unless the operator allows it', async () => {
    providers.set('sandbox', sandbox(false));
    const answer = await call(generate, post('/api/ai/generate', { task: 'post_text', input: { text } }));
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ code: 'ai_not_configured' });
  });
});
