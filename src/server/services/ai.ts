import 'server-only';
import { z } from 'zod';
import { sandboxAllowed } from '@/core/config/env';
import { provide, singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import { BrandGuard } from '@/features/ai/brand-guard';
import { Catalogue } from '@/features/ai/catalogue';
import { ProviderDirectory } from '@/features/ai/directory';
import { aiAnswered, aiProviderRefused, aiUsageUnrecorded } from '@/features/ai/events';
import { FallbackService } from '@/features/ai/fallback';
import { type HealthBoard, MemoryHealthBoard } from '@/features/ai/health';
import { RedisHealthBoard } from '@/features/ai/health-redis';
import { ImageJobRepository } from '@/features/ai/image-repository';
import { IMAGE_JOB, ImageService, imageJobPayload } from '@/features/ai/image-service';
import { AiInsightService } from '@/features/ai/insight-service';
import { aiUsageModel } from '@/features/ai/model';
import { PromptService } from '@/features/ai/prompt-service';
import { AnthropicProvider } from '@/features/ai/providers/anthropic';
import { GoogleProvider } from '@/features/ai/providers/google';
import { OpenAIProvider } from '@/features/ai/providers/openai';
import { GLM, MISTRAL, OpenAICompatibleProvider } from '@/features/ai/providers/openai-compatible';
import { ReplicateProvider } from '@/features/ai/providers/replicate';
import { SandboxProvider } from '@/features/ai/providers/sandbox';
import type { AIProvider } from '@/features/ai/providers/types';
import { QuotaService } from '@/features/ai/quota';
import { RedisQuotaStore } from '@/features/ai/quota-redis';
import { FirestoreQuotaStore } from '@/features/ai/quota-repository';
import { AiRepository } from '@/features/ai/repository';
import { HYBRID_CHAIN } from '@/features/ai/routing.data';
import { type ProviderId, providerId } from '@/features/ai/schema';
import { AiService } from '@/features/ai/service';
import { AiSettingsService } from '@/features/ai/settings-service';
import type { AnswerCache, TokenMeter } from '@/features/ai/task';
import { AIToolkitFactory } from '@/features/ai/toolkit';
import { UsageTracker } from '@/features/ai/usage';
import { UsageRepository } from '@/features/ai/usage-repository';
import type { DraftWriter } from '@/features/content/draft-writer';
import type { MediaService } from '@/features/content/media-service';
import type { OrganizationRepository } from '@/features/organizations/repository';
import { PLATFORM_IDS } from '@/features/platforms/schema';
import type { TokenService } from '@/features/tokens/service';
import { core } from '../core';
import { listen } from '../listen';

/** AI: providers, routing, usage, prompts. */
const SANDBOX_PACE_MS = 18;

const tokens = () => singleton<TokenService>('TokenService');
const toolkit = () => singleton<AIToolkitFactory>('AIToolkitFactory');
const organizations = () => singleton<AiSettingsService>('AiSettingsService');
const providers = () => singleton<ReadonlyMap<ProviderId, AIProvider>>('AiProviders');
const catalogue = () => singleton<Catalogue>('AiCatalogue');
const health = () => singleton<HealthBoard>('AiHealthBoard');
const repository = () => singleton<AiRepository>('AiRepository');
const usage = () => singleton<UsageTracker>('AiUsageTracker');

provide('AiCatalogue', () => new Catalogue());
provide('AiRepository', () => new AiRepository(core.db));
provide('AiUsageRepository', () => new UsageRepository(core.db));

provide('AiProviders', () => {
  const { env } = core;
  const deps = { catalogue: catalogue(), http: core.outbound, clock: core.clock };
  const all: AIProvider[] = [
    new OpenAIProvider({ apiKey: env.OPENAI_API_KEY, baseUrl: env.OPENAI_BASE_URL }, deps),
    new AnthropicProvider({ apiKey: env.ANTHROPIC_API_KEY, baseUrl: env.ANTHROPIC_BASE_URL }, deps),
    new GoogleProvider({ apiKey: env.GOOGLE_AI_API_KEY, baseUrl: env.GOOGLE_AI_BASE_URL }, deps),
    new OpenAICompatibleProvider(GLM, { apiKey: env.GLM_API_KEY, baseUrl: env.GLM_BASE_URL }, deps),
    new OpenAICompatibleProvider(
      MISTRAL,
      { apiKey: env.MISTRAL_API_KEY, baseUrl: env.MISTRAL_BASE_URL },
      deps,
    ),
    new ReplicateProvider({ apiKey: env.REPLICATE_API_KEY, baseUrl: env.REPLICATE_BASE_URL }, deps),
    new SandboxProvider({ allowed: sandboxAllowed(env), paceMs: SANDBOX_PACE_MS }, deps),
  ];
  return new Map(all.map((provider) => [provider.id, provider]));
});

provide('AiHealthBoard', (): HealthBoard => {
  const own = new MemoryHealthBoard(core.clock);
  return core.redis ? new RedisHealthBoard(core.redis, own) : own;
});

provide('AiQuotaService', () => {
  const record = new FirestoreQuotaStore(core.db, core.outbox, core.clock);
  return new QuotaService(core.redis ? new RedisQuotaStore(core.redis, record) : record, core.clock);
});

provide('AiUsageTracker', () => {
  const keep = async (row: Record<string, unknown>) => {
    await core.db.run(async (tx) => {
      core.outbox.append(tx, aiUsageUnrecorded, { row });
    });
  };
  return new UsageTracker(singleton<UsageRepository>('AiUsageRepository'), { keep }, core.clock);
});

/** Settings and tier change rarely and are needed by every request. */
provide('AiSettingsService', () => {
  const cache = {
    getOrLoad: <T>(key: string, load: () => Promise<T>, ttlSeconds: number) =>
      core.cache.getOrLoad(key, load, { ttlSeconds, layers: 'fast' }),
    forget: (key: string) => core.cache.invalidate(key),
  };
  const tiers = {
    async tierOf(organizationId: string) {
      const found =
        await singleton<OrganizationRepository>('OrganizationRepository').organization(organizationId);
      return found?.billing.tier ?? ('free' as const);
    },
  };
  return new AiSettingsService(repository(), tiers, cache);
});

const meter: TokenMeter = {
  async reserve(requestId, owner, amount, taskType) {
    await tokens().reserve(requestId, owner, amount, taskType);
  },
  settle: (requestId, actual, facts) => tokens().settle(requestId, actual, { ...facts }),
  async release(requestId) {
    await tokens().release(requestId);
  },
  async available(owner) {
    return (await tokens().getBalance(owner)).available;
  },
};

const answers: AnswerCache = {
  async get(key) {
    return (await core.cache.get<unknown>(key))?.value;
  },
  set: (key, value, ttlSeconds) => core.cache.set(key, value, { ttlSeconds }),
};

/** The first provider whose moderation can be asked; OpenAI's is free of charge. */
function moderator() {
  for (const id of ['openai', 'mistral'] as const) {
    const provider = providers().get(id);
    const moderate = provider?.moderate?.bind(provider);
    if (provider?.configured && moderate) return { moderate };
  }
  return undefined;
}

function announce(work: Promise<void>): void {
  work.catch((error: unknown) => logger.error({ err: error }, 'an AI event could not be announced'));
}

/** `AI_HYBRID_CHAIN`; names that are no provider are left out. */
function hybridChain(): readonly ProviderId[] {
  const named = z.array(providerId.catch('sandbox')).parse(core.env.AI_HYBRID_CHAIN);
  const chain = named.filter((id) => id !== 'sandbox');
  return chain.length > 0 ? chain : HYBRID_CHAIN;
}

provide(
  'AiFallbackService',
  () =>
    new FallbackService({
      providers: providers(),
      health: health(),
      clock: core.clock,
      random: Math.random,
      alert: ({ provider, kind, vendorCode }) =>
        announce(core.bus.emit(aiProviderRefused, { provider, kind, ...(vendorCode ? { vendorCode } : {}) })),
    }),
);

provide(
  'AIToolkitFactory',
  () =>
    new AIToolkitFactory({
      catalogue: catalogue(),
      providers: providers(),
      fallback: singleton<FallbackService>('AiFallbackService'),
      quota: singleton<QuotaService>('AiQuotaService'),
      meter,
      usage: usage(),
      guard: new BrandGuard(moderator),
      cache: answers,
      organizations: organizations(),
      clock: core.clock,
      hybridChain: hybridChain(),
      answered: (task, charge) =>
        announce(
          core.bus.emit(aiAnswered, {
            organizationId: task.actor.organizationId,
            userId: task.actor.userId,
            requestId: task.requestId,
            taskType: task.type,
            provider: charge.usage.provider,
            model: charge.usage.model,
            tokens: charge.tokens,
            sandbox: charge.usage.sandbox,
          }),
        ),
    }),
);

provide('PromptService', () => new PromptService(repository(), core.ids));

const platformId = z.enum(PLATFORM_IDS);
provide(
  'AiService',
  () =>
    new AiService({
      toolkit: toolkit(),
      prompts: singleton<PromptService>('PromptService'),
      organizations: organizations(),
      drafts: {
        saveDraft({ platform, ...draft }) {
          const known = platformId.safeParse(platform);
          return singleton<DraftWriter>('DraftWriter').saveDraft({
            ...draft,
            ...(known.success ? { platform: known.data } : {}),
          });
        },
      },
      catalogue: catalogue(),
      ids: core.ids,
    }),
);

provide(
  'AiImageService',
  () =>
    new ImageService({
      toolkit: toolkit(),
      repository: new ImageJobRepository(core.db, core.clock),
      media: {
        saveGenerated: ({ assetId: _planned, ...picture }) =>
          singleton<MediaService>('MediaService').saveGenerated({ ...picture, source: 'ai' }),
      },
      jobs: core.jobs,
      organizations: organizations(),
      validateTokens: (owner, amount) => tokens().validateTokens(owner, amount),
      catalogue: catalogue(),
      ids: core.ids,
    }),
);
core.jobRegistry.register(IMAGE_JOB, imageJobPayload, (context) => ImageService.getInstance().run(context), {
  maxAttempts: 3,
});

provide(
  'AiProviderDirectory',
  () =>
    new ProviderDirectory({
      catalogue: catalogue(),
      providers: providers(),
      health: health(),
      clock: core.clock,
    }),
);

provide(
  'AiInsightService',
  () =>
    new AiInsightService({
      quota: singleton<QuotaService>('AiQuotaService'),
      usage: singleton<UsageRepository>('AiUsageRepository'),
      organizations: organizations(),
      catalogue: catalogue(),
    }),
);

/** Rows that could not be written come back from the outbox with their dates as text. */
const waitingRow = aiUsageModel.schema
  .omit({ id: true, createdAt: true, updatedAt: true })
  .extend({ at: z.coerce.date(), expiresAt: z.coerce.date() });

listen(aiUsageUnrecorded, 'ai.usage_row', ({ row }) => usage().recover(waitingRow.parse(row)), {
  durable: true,
});

core.cron.on('jobs', 'ai.quota_claims', async () => ({
  released: await singleton<QuotaService>('AiQuotaService').sweep(),
}));
