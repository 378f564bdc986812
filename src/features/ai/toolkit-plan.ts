import { createHash } from 'node:crypto';
import { cacheKey } from '@/core/cache/keys';
import { priceOf } from '@/features/tokens/prices';
import { type Catalogue, estimateTokens, isPriced, isRetired } from './catalogue';
import type { Candidate } from './decision';
import type { ChainPlan } from './fallback';
import type { AIProvider } from './providers/types';
import { deadlineMs } from './routing.data';
import type { ChatMessage, ProviderId } from './schema';
import type { OrganizationFacts, TaskFacts } from './task';

/** Tasks whose answer depends on nothing but their input. */
const CACHED_TASKS: ReadonlySet<string> = new Set(['translation', 'summary', 'scoring', 'hashtags']);
/** What an image costs of a context, roughly; vendors count between 250 and 1 600. */
const IMAGE_TOKENS = 1_600;

export function inputTokensOf(messages: readonly ChatMessage[]): number {
  let tokens = 0;
  for (const { content } of messages) {
    if (typeof content === 'string') tokens += estimateTokens(content);
    else
      for (const part of content) tokens += part.type === 'text' ? estimateTokens(part.text) : IMAGE_TOKENS;
  }
  return tokens + messages.length * 4;
}

/** The largest price of a task, in IriSync tokens. */
export function maxPriceOf(task: Pick<TaskFacts, 'type' | 'maxMeasure'>): number {
  return priceOf(task.type, task.maxMeasure);
}

/** Builds the plan of one execution: every model with what it would cost, and the rules of the organisation. */
export function chainPlan(
  task: TaskFacts,
  facts: OrganizationFacts,
  world: {
    catalogue: Catalogue;
    providers: ReadonlyMap<ProviderId, AIProvider>;
    hybridChain: readonly ProviderId[];
    now: Date;
  },
): ChainPlan {
  const inputTokens = task.image ? estimateTokens(task.image.prompt) : inputTokensOf(task.messages);
  const { provider, model } = task.routing;
  const pinned = provider !== undefined || model !== undefined;
  const { settings } = facts;
  return {
    policy: task.routing.policy ?? settings.policy,
    candidates: candidatesFor(task, inputTokens, world),
    tier: facts.tier,
    task: task.type,
    organizationSettings: {
      allowedProviders: settings.allowedProviders ?? undefined,
      blockedModels: settings.blockedModels,
      preference: settings.preference ?? undefined,
      weights: settings.weights,
    },
    hybridChain: world.hybridChain,
    pin: pinned ? { provider, model, allowFallback: task.routing.allowFallback ?? false } : undefined,
    needs: task.needs,
    inputTokens,
    outputTokens: task.maxOutputTokens,
    deadlineMs: deadlineMs(task.type),
    signal: task.signal,
  };
}

function candidatesFor(
  task: TaskFacts,
  inputTokens: number,
  world: { catalogue: Catalogue; providers: ReadonlyMap<ProviderId, AIProvider>; now: Date },
): Candidate[] {
  const candidates: Candidate[] = [];
  for (const entry of world.catalogue.models) {
    const provider = world.providers.get(entry.provider);
    if (!provider) continue;
    candidates.push({
      key: `${entry.provider}/${entry.model}`,
      provider: entry.provider,
      model: entry.model,
      class: entry.class,
      capabilities: entry.capabilities,
      contextTokens: entry.contextTokens,
      maxOutputTokens: entry.maxOutputTokens,
      routable: isPriced(entry) && !isRetired(entry, world.now),
      configured: provider.configured,
      estimatedCostMicros: task.image
        ? world.catalogue.imageCostMicros(entry, task.image)
        : provider.estimateCost(entry.model, { inputTokens, outputTokens: task.maxOutputTokens }),
    });
  }
  return candidates;
}

/** Where an answer is cached: the tenant first, then everything that shapes the answer. Undefined when it must not be. */
export function cacheKeyOf(
  task: TaskFacts,
  facts: OrganizationFacts,
  schemaName: string | undefined,
): string | undefined {
  if (!task.cacheable || !CACHED_TASKS.has(task.type)) return undefined;
  const shape = JSON.stringify([
    task.type,
    facts.tier,
    facts.version,
    task.routing,
    task.templateVersion ?? null,
    task.voiceVersion ?? null,
    task.messages,
    task.maxOutputTokens,
    task.temperature ?? null,
    schemaName ?? null,
  ]);
  const hash = createHash('sha256').update(shape).digest('base64url');
  return cacheKey.org(task.actor.organizationId, 'ai', hash);
}

export const CACHE_SECONDS = 3_600;
