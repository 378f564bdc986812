import { randomIds } from '@/core/ids';
import { systemClock } from '@/core/time/clock';
import { BrandGuard } from '@/features/ai/brand-guard';
import { Catalogue } from '@/features/ai/catalogue';
import { type AttemptLimits, DEFAULT_LIMITS, FallbackService } from '@/features/ai/fallback';
import { MemoryHealthBoard } from '@/features/ai/health';
import { type AiSettings, aiSettingsFields } from '@/features/ai/model';
import type { AIProvider } from '@/features/ai/providers/types';
import { QuotaService } from '@/features/ai/quota';
import { HYBRID_CHAIN } from '@/features/ai/routing.data';
import type { AiStreamEvent, ProviderId } from '@/features/ai/schema';
import type { AiTask, TaskFacts } from '@/features/ai/task';
import { AIToolkitFactory } from '@/features/ai/toolkit';
import { UsageTracker } from '@/features/ai/usage';
import type { Tier } from '@/features/organizations/schema';
import { MemoryCache, MemoryMeter, MemoryQuotaStore, MemoryUsageStore } from './ledger';

export interface Bench {
  toolkit: AIToolkitFactory;
  meter: MemoryMeter;
  quota: MemoryQuotaStore;
  usage: MemoryUsageStore;
  cache: MemoryCache;
  health: MemoryHealthBoard;
  alerts: { provider: string; kind: string }[];
  answers: { tokens: number; sandbox: boolean }[];
  settings: AiSettings;
  tier: { of: Tier };
  task(extra?: Partial<AiTask>): AiTask;
}

/** A whole toolkit over real providers, with its ledgers in memory. */
export function toolkitOver(
  providers: ReadonlyMap<ProviderId, AIProvider>,
  {
    catalogue = new Catalogue(),
    limits = DEFAULT_LIMITS,
  }: { catalogue?: Catalogue; limits?: AttemptLimits } = {},
): Bench {
  const meter = new MemoryMeter();
  const quota = new MemoryQuotaStore();
  const usage = new MemoryUsageStore();
  const cache = new MemoryCache();
  const health = new MemoryHealthBoard(systemClock);
  const alerts: Bench['alerts'] = [];
  const answers: Bench['answers'] = [];
  const settings = aiSettingsFields.parse({});
  const tier = { of: 'enterprise' as Tier };
  const moderator = () => {
    const openai = providers.get('openai');
    return openai?.configured && openai.moderate ? { moderate: openai.moderate.bind(openai) } : undefined;
  };
  const toolkit = new AIToolkitFactory({
    catalogue,
    providers,
    fallback: new FallbackService({
      providers,
      health,
      clock: systemClock,
      // Retries wait a moment, as in production, but a short one.
      random: () => 0.01,
      limits,
      alert: (facts) => alerts.push(facts),
    }),
    quota: new QuotaService(quota, systemClock),
    meter,
    usage: new UsageTracker(usage, usage, systemClock),
    guard: new BrandGuard(moderator),
    cache,
    organizations: { of: async () => ({ tier: tier.of, settings, version: '1' }) },
    clock: systemClock,
    hybridChain: HYBRID_CHAIN,
    answered: (_task: TaskFacts, answer) =>
      answers.push({ tokens: answer.tokens, sandbox: answer.usage.sandbox }),
  });
  return {
    toolkit,
    meter,
    quota,
    usage,
    cache,
    health,
    alerts,
    answers,
    settings,
    tier,
    task: (extra = {}) => ({
      requestId: randomIds.next('ai'),
      type: 'chat',
      actor: { userId: 'u1', organizationId: 'o1', permissions: new Set(['ai.use']) },
      messages: [{ role: 'user', content: 'Announce the terrace.' }],
      needs: ['text'],
      maxOutputTokens: 200,
      routing: {},
      maxMeasure: {},
      delivered: () => ({}),
      guarded: [],
      cacheable: false,
      signal: new AbortController().signal,
      ...extra,
    }),
  };
}

export async function eventsOf(stream: AsyncIterable<AiStreamEvent>): Promise<AiStreamEvent[]> {
  const events: AiStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

export const textOf = (events: readonly AiStreamEvent[]) =>
  events.map((event) => (event.event === 'delta' ? event.data.text : '')).join('');

/** Nothing is held, neither tokens nor quota. */
export function nothingHeld({ meter, quota }: Bench): boolean {
  const held = [...quota.states.values()].every(
    (state) => state.held.tokens === 0 && state.held.requests === 0 && state.held.costMicros === 0,
  );
  return meter.held.size === 0 && quota.claims.size === 0 && held;
}
