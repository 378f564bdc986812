import { KEYS, MODEL_OF, providerDeps } from '@tests/fakes/ai/harness';
import { toolkitOver } from '@tests/fakes/ai/toolkit';
import OpenAI from 'openai';
import { decide } from '@/features/ai/decision';
import { OpenAIProvider } from '@/features/ai/providers/openai';
import { GLM, OpenAICompatibleProvider } from '@/features/ai/providers/openai-compatible';
import type { AIProvider } from '@/features/ai/providers/types';
import type { AiStreamEvent, ProviderId } from '@/features/ai/schema';
import { chainPlan } from '@/features/ai/toolkit-plan';
import { type BenchRow, median, ratioRow } from './harness';
import { type BenchVendors, startVendors } from './vendor';

/**
 * What our providers and the whole router cost on top of the vendor's own SDK: the same request to the same fake vendor, which
 * runs in another process. Ledgers are in memory, for the SDK has none.
 */
export const emulators = false;

const ROUNDS = 1_200;
const WARM_UP = 300;
const CONTENT = 'Announce the terrace.';
const MAX_TOKENS = 200;
const messages = [{ role: 'user' as const, content: CONTENT }];
const signal = () => new AbortController().signal;

export async function run(): Promise<BenchRow[]> {
  const vendors = await startVendors();
  try {
    const sides = sidesOf(vendors);
    const { toolkit, task } = toolkitWith(sides.providers);
    const router = (provider: ProviderId, rawCall: () => Promise<unknown>) =>
      row(`AI router ÷ raw SDK, ${provider} (p50)`, rawCall, () =>
        toolkit.execute(task({ routing: { provider } })),
      );
    return [
      await row('OpenAIProvider.generateText ÷ raw SDK (p50)', sides.rawOpenAI, sides.ourOpenAI),
      await router('openai', sides.rawOpenAI),
      await row('GLM generateText ÷ raw SDK (p50)', sides.rawGlm, sides.ourGlm),
      await router('glm', sides.rawGlm),
      ...(await streams(sides.rawStream, () => toolkit.stream(task({ routing: { provider: 'glm' } })))),
      decisions(sides.providers),
    ];
  } finally {
    vendors.stop();
  }
}

const row = (name: string, baseline: () => Promise<unknown>, measured: () => Promise<unknown>) =>
  ratioRow({ name, target: 1.15, rounds: ROUNDS, warmUp: WARM_UP, baseline, measured });

function sidesOf(vendors: BenchVendors) {
  const deps = providerDeps();
  const openaiUrl = `${vendors.openai}/v1`;
  const glmUrl = `${vendors.glm}/api/paas/v4`;
  const openai = new OpenAIProvider({ apiKey: KEYS.openai, baseUrl: openaiUrl }, deps);
  const glm = new OpenAICompatibleProvider(GLM, { apiKey: KEYS.glm, baseUrl: glmUrl }, deps);
  const rawOpenAI = new OpenAI({ apiKey: KEYS.openai, baseURL: openaiUrl, maxRetries: 0 });
  const rawGlm = new OpenAI({ apiKey: KEYS.glm, baseURL: glmUrl, maxRetries: 0 });
  const chat = { model: MODEL_OF.glm, messages, max_tokens: MAX_TOKENS };
  return {
    providers: new Map<ProviderId, AIProvider>([
      ['openai', openai],
      ['glm', glm],
    ]),
    ourOpenAI: () =>
      openai.generateText({
        model: MODEL_OF.openai,
        messages,
        maxOutputTokens: MAX_TOKENS,
        signal: signal(),
      }),
    rawOpenAI: () =>
      rawOpenAI.responses.create(
        { model: MODEL_OF.openai, input: messages, max_output_tokens: MAX_TOKENS, store: false },
        { signal: signal() },
      ),
    ourGlm: () =>
      glm.generateText({ model: MODEL_OF.glm, messages, maxOutputTokens: MAX_TOKENS, signal: signal() }),
    rawGlm: () => rawGlm.chat.completions.create(chat, { signal: signal() }),
    rawStream: () =>
      rawGlm.chat.completions.create(
        { ...chat, stream: true, stream_options: { include_usage: true } },
        { signal: signal() },
      ),
  };
}

function toolkitWith(providers: ReadonlyMap<ProviderId, AIProvider>) {
  const bench = toolkitOver(providers);
  bench.meter.balance = Number.MAX_SAFE_INTEGER;
  // What the ledgers in memory keep for tests to read would grow for ever here.
  setInterval(() => {
    bench.usage.rows.length = 0;
    bench.meter.settled.length = 0;
    bench.meter.charges.clear();
    bench.answers.length = 0;
  }, 1_000).unref();
  return bench;
}

/** First token and each chunk of a stream, ours minus the SDK's. */
async function streams(
  raw: () => Promise<AsyncIterable<{ choices: { delta: { content?: string | null } }[] }>>,
  ours: () => Promise<AsyncIterable<AiStreamEvent>>,
): Promise<BenchRow[]> {
  const rounds = 400;
  const first = { raw: [] as number[], ours: [] as number[] };
  const chunk = { raw: [] as number[], ours: [] as number[] };
  const measure = async (
    side: 'raw' | 'ours',
    open: () => Promise<AsyncIterable<unknown>>,
    isText: (item: unknown) => boolean,
    keep: boolean,
  ) => {
    const startedAt = performance.now();
    let firstAt: number | undefined;
    let chunks = 0;
    for await (const item of await open()) {
      if (!isText(item)) continue;
      firstAt ??= performance.now();
      chunks += 1;
    }
    if (!keep || firstAt === undefined) return;
    first[side].push(firstAt - startedAt);
    chunk[side].push((performance.now() - firstAt) / Math.max(1, chunks - 1));
  };
  const rawText = (item: unknown) =>
    Boolean((item as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content);
  const ourText = (item: unknown) => (item as AiStreamEvent).event === 'delta';
  for (let round = -60; round < rounds; round += 1) {
    await measure('raw', raw, rawText, round >= 0);
    await measure('ours', ours, ourText, round >= 0);
  }
  const added = (name: string, times: typeof first, target: number): BenchRow => {
    const [rawMs, oursMs] = [median(times.raw), median(times.ours)];
    const value = oursMs - rawMs;
    return { name, unit: 'ms', value, target, pass: value <= target, facts: { rawMs, oursMs, rounds } };
  };
  return [
    added('AI stream: time to first token added to the SDK’s (p50)', first, 2),
    added('AI stream: added per chunk (p50)', chunk, 0.1),
  ];
}

/** The choice itself, over the whole catalogue. */
function decisions(providers: ReadonlyMap<ProviderId, AIProvider>): BenchRow {
  const { toolkit, task, settings } = toolkitOver(providers);
  const { catalogue } = toolkit.deps;
  const facts = { tier: 'enterprise' as const, settings, version: '1' };
  const { hybridChain } = toolkit.deps;
  const plan = chainPlan(task(), facts, { catalogue, providers, hybridChain, now: new Date() });
  const batch = 1_000;
  const times: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    const startedAt = performance.now();
    for (let turn = 0; turn < batch; turn += 1)
      decide({
        ...plan,
        health: new Map(),
        latency: new Map(),
        attempted: [],
        remainingMs: 60_000,
        random: 0.5,
      });
    if (round >= 10) times.push(((performance.now() - startedAt) * 1_000) / batch);
  }
  const value = median(times);
  return {
    name: 'decide() over the catalogue',
    unit: 'µs',
    value,
    target: 20,
    pass: value <= 20,
    facts: { candidates: plan.candidates.length },
  };
}
