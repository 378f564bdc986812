import 'server-only';
import { z } from 'zod';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { MODEL_CLASSES } from '@/features/tokens/tiers.data';
import type { Catalogue, CatalogueModel } from './catalogue';
import { imagePriceRange, isPriced, isRetired, priceAt } from './catalogue';
import type { HealthBoard } from './health';
import type { AIProvider } from './providers/types';
import { capability, type ProviderId, providerId } from './schema';

const metrics = z.object({
  requests: z.int(),
  successRate: z.number(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  ttftP50Ms: z.number().nullable(),
});

export const providerStatus = z.object({
  id: providerId,
  configured: z.boolean(),
  sandbox: z.boolean(),
  healthy: z.boolean(),
  breaker: z.enum(['closed', 'open', 'half_open']),
  cooldownUntil: z.iso.datetime().nullable(),
  models: z.array(
    z.object({
      id: z.string(),
      class: z.enum(MODEL_CLASSES),
      contextTokens: z.int(),
      maxOutputTokens: z.int(),
      capabilities: z.array(capability),
      /** False for a model without a price, and for one its vendor has retired. */
      routable: z.boolean(),
      /** Dollars per million model tokens today; null where the model writes no text or its price is unknown. */
      price: z.object({ input: z.number(), cachedInput: z.number(), output: z.number() }).nullable(),
      /** Dollars per picture, from the smallest draft to the largest in full quality. */
      imagePrice: z.object({ from: z.number(), to: z.number() }).nullable(),
      /** The day facts and price were last compared with the vendor's page. */
      verifiedAt: z.iso.date(),
      retiresAt: z.iso.date().nullable(),
    }),
  ),
  capabilities: z.array(capability),
  metrics,
});
export type ProviderStatus = z.output<typeof providerStatus>;
export const providersResponse = z.object({ providers: z.array(providerStatus) });

/** What is known of every provider right now. Health is what our own calls found; nobody is asked for it. */
export class ProviderDirectory {
  constructor(
    readonly deps: {
      catalogue: Catalogue;
      providers: ReadonlyMap<ProviderId, AIProvider>;
      health: HealthBoard;
      clock: Clock;
    },
  ) {}

  static getInstance(): ProviderDirectory {
    return singleton<ProviderDirectory>('AiProviderDirectory');
  }

  async list(): Promise<{ providers: ProviderStatus[] }> {
    const providers = [...this.deps.providers.values()];
    return { providers: await Promise.all(providers.map((provider) => this.#status(provider))) };
  }

  async #status(provider: AIProvider): Promise<ProviderStatus> {
    const { catalogue, clock, health } = this.deps;
    const models = catalogue.models.filter((model) => model.provider === provider.id);
    const { breaker, cooldownUntil } = await health.provider(provider.id);
    const { costMicros: _ours, ...figures } = provider.getMetrics();
    const now = clock.now();
    return {
      id: provider.id,
      configured: provider.configured,
      sandbox: provider.id === 'sandbox',
      healthy: provider.configured && breaker !== 'open' && cooldownUntil === null,
      breaker,
      cooldownUntil: cooldownUntil?.toISOString() ?? null,
      models: models.map((model) => ({
        id: model.model,
        class: model.class,
        contextTokens: model.contextTokens,
        maxOutputTokens: model.maxOutputTokens,
        capabilities: [...model.capabilities],
        routable: isPriced(model) && !isRetired(model, now),
        price: priceOf(model, now),
        imagePrice: imagePriceRange(model),
        verifiedAt: model.verifiedAt,
        retiresAt: model.retiresAt ?? null,
      })),
      capabilities: [...new Set(models.flatMap((model) => [...model.capabilities]))],
      metrics: figures,
    };
  }
}

function priceOf(model: CatalogueModel, now: Date) {
  const price = priceAt(model, now);
  return price && { input: price.input, cachedInput: price.cachedInput, output: price.output };
}
