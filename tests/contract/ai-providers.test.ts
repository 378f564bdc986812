import { withVendors } from '@tests/support/ai-vendors';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ExternalErrorClass } from '@/core/errors';
import { jsonSchemaOf } from '@/features/ai/providers/json-schema';
import type { AIProvider, StreamPart, TextRequest } from '@/features/ai/providers/types';
import type { ToolDefinition } from '@/features/ai/schema';
import { KEYS, MODEL_OF, providersFor, type Vendors } from '../fakes/ai/harness';
import { PIXEL } from '../fakes/ai/openai';
import type { Fault } from '../fakes/ai/server';

/** Every text provider through its real SDK against a vendor that behaves, and one that does not. */
const TEXT = ['openai', 'anthropic', 'google', 'glm', 'mistral'] as const;
type TextVendor = (typeof TEXT)[number];

let vendors: Vendors;
let providers: ReturnType<typeof providersFor>;

withVendors((started) => {
  vendors = started;
  providers = providersFor(vendors, ['openai', 'anthropic', 'google', 'glm', 'mistral', 'replicate']);
  for (const { contract } of [vendors.openai, vendors.mistral])
    if (contract?.missing) console.warn(`Not checked: ${contract.missing}`);
});
afterEach(() => {
  const violations = Object.values(vendors).flatMap((vendor) => [...vendor.violations]);
  for (const vendor of Object.values(vendors)) if ('toolCall' in vendor) vendor.toolCall = undefined;
  expect(violations, 'the vendors’ own descriptions').toEqual([]);
});

function provider(id: TextVendor | 'replicate'): AIProvider {
  const found = providers.get(id);
  if (!found) throw new Error(id);
  return found;
}

function request(id: TextVendor, extra: Partial<TextRequest> = {}): TextRequest {
  return {
    model: MODEL_OF[id],
    messages: [
      { role: 'system', content: 'You write for a café.' },
      { role: 'user', content: 'Announce the terrace.' },
    ],
    maxOutputTokens: 200,
    signal: new AbortController().signal,
    ...extra,
  };
}

async function collect(parts: AsyncIterable<StreamPart>): Promise<StreamPart[]> {
  const all: StreamPart[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

const shape = z.object({
  title: z.string().max(200),
  points: z.array(z.string()),
  score: z.number().min(0).max(100),
});
const structured = (id: TextVendor) => ({
  ...request(id),
  schemaName: 'plan',
  jsonSchema: jsonSchemaOf(shape),
});

const tool: ToolDefinition = {
  name: 'schedule_post',
  description: 'Schedules a post',
  parameters: {
    type: 'object',
    properties: { at: { type: 'string' } },
    required: ['at'],
    additionalProperties: false,
  },
};

const FAULTS: [string, Fault, ExternalErrorClass, boolean][] = [
  ['429', { kind: 'status', status: 429, retryAfter: 7 }, 'rate_limit', true],
  ['500', { kind: 'status', status: 500 }, 'unavailable', true],
  ['503', { kind: 'status', status: 503 }, 'unavailable', true],
  ['a reset connection', { kind: 'reset' }, 'unavailable', true],
  ['a body that is not JSON', { kind: 'malformed' }, 'unknown', true],
  ['an answer without content', { kind: 'malformed', body: '{}' }, 'unknown', true],
  ['a refused key', { kind: 'status', status: 401 }, 'auth_expired', false],
  ['a retired model', { kind: 'status', status: 404 }, 'unavailable', false],
  ['a refusal', { kind: 'refusal' }, 'content_policy', false],
  [
    'too much text',
    { kind: 'status', status: 400, message: 'prompt is too long: 300000 tokens > 200000 maximum' },
    'context_too_long',
    false,
  ],
  [
    'an empty account',
    { kind: 'status', status: 429, message: 'You exceeded your quota, check your billing details' },
    'quota',
    false,
  ],
  [
    'a request it does not understand',
    { kind: 'status', status: 400, message: 'bad field' },
    'invalid_request',
    false,
  ],
];

describe.each(TEXT)('%s', (id) => {
  it('answers with text and the tokens it took', async () => {
    const result = await provider(id).generateText(request(id));
    expect(result.text).toContain('terrace');
    expect(result.finishReason).toBe('stop');
    expect(result.usage.inputTokens).toBeGreaterThan(5);
    expect(result.usage.outputTokens).toBeGreaterThan(5);
    expect(result.usage.estimated).toBe(false);
  });

  it('streams the same text, then usage, then the reason', async () => {
    const parts = await collect(provider(id).streamText(request(id)));
    const texts = parts.filter((part) => part.type === 'text');
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.map((part) => part.text).join('')).toBe(vendors[id].replies[0]);
    expect(parts.at(-2)).toMatchObject({ type: 'usage', usage: { estimated: false } });
    expect(parts.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
  });

  it('answers with data of the wanted shape', async () => {
    const { data } = await provider(id).generateStructured(structured(id));
    expect(shape.parse(data)).toBeDefined();
  });

  it('hands back wrong JSON for somebody else to judge', async () => {
    vendors[id].faults.push({ kind: 'wrong_json' });
    const { data } = await provider(id).generateStructured(structured(id));
    expect(shape.safeParse(data).success).toBe(false);
  });

  it.each([false, true])('asks for a tool and takes its result back (stream %s)', async (stream) => {
    vendors[id].toolCall = { name: 'schedule_post', arguments: { at: '2026-07-01' } };
    const withTool = request(id, { tools: [tool] });
    const parts = stream ? await collect(provider(id).streamText(withTool)) : [];
    const once = stream ? undefined : await provider(id).generateText(withTool);
    const calls = once?.toolCalls ?? parts.flatMap((part) => (part.type === 'tool_call' ? [part.call] : []));
    const last = parts.at(-1);
    const native = once?.native ?? (last?.type === 'finish' ? last.native : undefined);
    expect(calls).toMatchObject([{ name: 'schedule_post', arguments: { at: '2026-07-01' } }]);
    vendors[id].toolCall = undefined;
    const call = calls[0];
    if (!call) throw new Error('no call');
    const after = await provider(id).generateText({
      ...withTool,
      messages: [
        ...withTool.messages,
        { role: 'assistant', content: '', toolCalls: calls, ...(native ? { native } : {}) },
        { role: 'tool', toolCallId: call.id, name: call.name, content: '{"ok":true}' },
      ],
    });
    expect(after.text).toContain('terrace');
    const sent = JSON.stringify(vendors[id].seen.at(-1)?.body);
    expect(sent).toContain('schedule_post');
    // These vendors refuse a tool result unless their own signature comes back with it.
    if (id === 'anthropic' || id === 'google') expect(sent).toContain('sig_1');
  });

  it('sends a picture where the model can see', async () => {
    if (!provider(id).capabilities(MODEL_OF[id]).has('vision')) return;
    await provider(id).generateText(
      request(id, {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image', mime: 'image/png', base64: PIXEL },
            ],
          },
        ],
      }),
    );
    expect(JSON.stringify(vendors[id].seen[0]?.body)).toContain(PIXEL);
  });

  it('asks once: no retry of its own', async () => {
    vendors[id].faults.push({ kind: 'status', status: 500 });
    await expect(provider(id).generateText(request(id))).rejects.toThrow();
    expect(vendors[id].seen).toHaveLength(1);
  });

  it.each(FAULTS)('calls %s by its class', async (_name, fault, kind, retryable) => {
    vendors[id].faults.push(fault);
    const error = await provider(id)
      .generateText(request(id))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ provider: id, kind, retryable });
    if (kind === 'rate_limit') expect(error).toMatchObject({ retryAfterMs: 7_000 });
    expect(String((error as Error).message)).not.toContain(KEYS[id]);
  });

  it.each(FAULTS.slice(0, 3))(
    'says the same of a stream that does not begin: %s',
    async (_name, fault, kind) => {
      vendors[id].faults.push(fault);
      const error = await collect(provider(id).streamText(request(id))).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ kind });
    },
  );

  it.each(['reset', 'end'] as const)('notices a stream that is cut in the middle (%s)', async (how) => {
    vendors[id].faults.push({ kind: 'cut', after: 4, how });
    const seen: StreamPart[] = [];
    const error = await (async () => {
      for await (const part of provider(id).streamText(request(id))) seen.push(part);
    })().catch((reason: unknown) => reason);
    expect(seen.some((part) => part.type === 'text')).toBe(true);
    expect(error).toMatchObject({ kind: expect.stringMatching(/unavailable|unknown/), retryable: true });
  });

  it.each([false, true])(
    'stops when it is told to, with the reason it was given (stream %s)',
    async (stream) => {
      vendors[id].faults.push({ kind: 'silence' });
      const controller = new AbortController();
      const reason = new Error('enough');
      setTimeout(() => controller.abort(reason), 50);
      const asked = request(id, { signal: controller.signal });
      const outcome: Promise<unknown> = stream
        ? collect(provider(id).streamText(asked))
        : provider(id).generateText(asked);
      await expect(outcome).rejects.toBe(reason);
    },
  );

  it('says when the vendor reports no usage', async () => {
    vendors[id].reportUsage = false;
    const { usage } = await provider(id).generateText(request(id));
    expect(usage.estimated).toBe(true);
  });

  it('is healthy while the vendor lists its models', async () => {
    const { signal } = new AbortController();
    expect(await provider(id).isHealthy(signal)).toBe(true);
    vendors[id].faults.push({ kind: 'status', status: 500 });
    expect(await provider(id).isHealthy(signal)).toBe(false);
    expect((await provider(id).listModels?.(signal))?.length).toBeGreaterThan(0);
  });

  it('is not configured without a key, and says so without failing', () => {
    const bare = providersFor(vendors, []).get(id);
    expect(bare?.configured).toBe(false);
    expect(bare?.capabilities(MODEL_OF[id]).has('text')).toBe(true);
  });
});

describe('pictures', () => {
  const image = {
    prompt: 'a café terrace',
    count: 2,
    size: '1024x1024' as const,
    quality: 'low' as const,
    signal: new AbortController().signal,
  };

  it('OpenAI draws as many as asked for', async () => {
    const images = await provider('openai').generateImage({ ...image, model: 'gpt-image-1.5' });
    expect(images).toHaveLength(2);
    expect(Buffer.from(images[0]?.bytes ?? []).toString('base64')).toBe(PIXEL);
  });

  it('Replicate is polled and its pictures are fetched', async () => {
    const images = await provider('replicate').generateImage({
      ...image,
      model: 'black-forest-labs/flux-schnell',
    });
    expect(images.map(({ mime }) => mime)).toEqual(['image/png', 'image/png']);
  });

  it('Replicate’s refusal is a refusal, its failure a failure', async () => {
    const draw = () =>
      provider('replicate').generateImage({ ...image, count: 1, model: 'black-forest-labs/flux-schnell' });
    vendors.replicate.failWith = 'NSFW content detected';
    await expect(draw()).rejects.toMatchObject({ kind: 'content_policy' });
    vendors.replicate.failWith = 'CUDA out of memory';
    await expect(draw()).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
    vendors.replicate.failWith = undefined;
  });

  it('a prediction nobody waits for is cancelled', async () => {
    vendors.replicate.polls = 100;
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 100);
    const drawing = provider('replicate').generateImage({
      ...image,
      count: 1,
      model: 'black-forest-labs/flux-schnell',
      signal: controller.signal,
    });
    await expect(drawing).rejects.toThrow('enough');
    expect([...vendors.replicate.predictions.values()].at(-1)?.status).toBe('canceled');
    vendors.replicate.polls = 1;
  });
});

describe('moderation', () => {
  it.each(['openai', 'mistral'] as const)('%s says what it objects to', async (id) => {
    const { signal } = new AbortController();
    const judged = await provider(id).moderate?.(['a nice day', 'pure violence'], signal);
    expect(judged?.flagged).toBe(true);
    expect(judged?.categories.join()).toMatch(/violence/);
    expect(await provider(id).moderate?.(['a nice day'], signal)).toEqual({ flagged: false, categories: [] });
  });
});
