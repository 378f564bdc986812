import { randomUUID } from 'node:crypto';
import { BrandGuard } from '@/features/ai/brand-guard';
import { Catalogue } from '@/features/ai/catalogue';
import { FallbackService } from '@/features/ai/fallback';
import { MemoryHealthBoard } from '@/features/ai/health';
import { aiSettingsFields } from '@/features/ai/model';
import { GLM, OpenAICompatibleProvider } from '@/features/ai/providers/openai-compatible';
import { QuotaService } from '@/features/ai/quota';
import { FirestoreQuotaStore } from '@/features/ai/quota-repository';
import { HYBRID_CHAIN } from '@/features/ai/routing.data';
import { AIToolkitFactory } from '@/features/ai/toolkit';
import { UsageTracker } from '@/features/ai/usage';
import { UsageRepository } from '@/features/ai/usage-repository';
import { core } from '@/server/core';
import { tokenService } from './tokens';

/**
 * A process of its own that generates without end, for tests that kill it in the middle:
 *
 *   <userId> <orgId> <vendor url> <lanes>
 *
 * Prints "ready", waits for a line on standard input, then "held <id>" when tokens are reserved and "charged <id>" at the end.
 */
const [userId = '', organizationId = '', url = '', lanes = '1'] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const { clock } = core;
const tokens = tokenService();
const catalogue = new Catalogue();
const glm = new OpenAICompatibleProvider(
  GLM,
  { apiKey: 'sk-test-glm', baseUrl: `${url}/api/paas/v4` },
  { catalogue, http: core.outbound, clock },
);
const providers = new Map([[glm.id, glm]]);
const settings = aiSettingsFields.parse({ quota: { requests: 100_000 } });

const toolkit = new AIToolkitFactory({
  catalogue,
  providers,
  fallback: new FallbackService({
    providers,
    health: new MemoryHealthBoard(clock),
    clock,
    random: Math.random,
    alert: () => undefined,
  }),
  quota: new QuotaService(new FirestoreQuotaStore(core.db, core.outbox, clock), clock),
  meter: {
    async reserve(requestId, owner, amount, taskType) {
      await tokens.reserve(requestId, owner, amount, taskType);
      say(`held ${requestId}`);
    },
    settle: (requestId, actual, facts) => tokens.settle(requestId, actual, { ...facts }),
    async release(requestId) {
      await tokens.release(requestId);
    },
    available: async (owner) => (await tokens.getBalance(owner)).available,
  },
  usage: new UsageTracker(new UsageRepository(core.db), { keep: async () => undefined }, clock),
  guard: new BrandGuard(() => undefined),
  cache: { get: async () => undefined, set: async () => undefined },
  organizations: { of: async () => ({ tier: 'enterprise', settings, version: '1' }) },
  clock,
  hybridChain: HYBRID_CHAIN,
  answered: () => undefined,
});

async function generate(lane: number): Promise<void> {
  for (;;) {
    const requestId = `gen-${randomUUID()}`;
    const task = {
      requestId,
      type: 'chat' as const,
      actor: { userId, organizationId, permissions: new Set(['ai.use']) },
      messages: [{ role: 'user' as const, content: 'Announce the terrace.' }],
      needs: ['text' as const],
      maxOutputTokens: 200,
      routing: {},
      maxMeasure: {},
      delivered: () => ({}),
      guarded: [],
      cacheable: false,
      signal: new AbortController().signal,
    };
    if (lane % 2 === 0) await toolkit.execute(task);
    else
      for await (const event of await toolkit.stream(task))
        if (event.event === 'error') say(`error ${event.data.code}`);
    say(`charged ${requestId}`);
  }
}

async function main(): Promise<void> {
  await tokens.getBalance({ userId, organizationId });
  say('ready');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  await Promise.all(Array.from({ length: Number(lanes) }, (_, lane) => generate(lane)));
}

void main();
