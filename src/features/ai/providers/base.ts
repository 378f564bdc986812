import 'server-only';
import type { OutboundHttp } from '@/core/http/outbound';
import type { Clock } from '@/core/time/clock';
import type { Catalogue, CatalogueModel } from '../catalogue';
import type { Capability, ProviderId } from '../schema';
import { vendorError } from './errors';
import { CallMetrics, type ProviderMetrics } from './metrics';

/** Longest silence a vendor may keep, and longest exchange altogether; the caller's signal usually ends a call earlier. */
export const TRANSPORT_IDLE_MS = 60_000;
export const TRANSPORT_TOTAL_MS = 190_000;

export interface ProviderSettings {
  apiKey?: string | undefined;
  baseUrl?: string | undefined;
}

export interface ProviderDeps {
  catalogue: Catalogue;
  http: OutboundHttp;
  clock: Clock;
}

/** What every vendor shares: its models' facts, its prices, its figures. */
export abstract class CataloguedProvider {
  abstract readonly id: ProviderId;
  readonly calls = new CallMetrics();

  constructor(
    readonly settings: ProviderSettings,
    protected readonly deps: ProviderDeps,
  ) {}

  get configured(): boolean {
    return Boolean(this.settings.apiKey);
  }

  capabilities(model: string): ReadonlySet<Capability> {
    return this.deps.catalogue.find(this.id, model)?.capabilities ?? new Set();
  }

  estimateCost(
    model: string,
    { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
  ): number {
    const entry = this.deps.catalogue.find(this.id, model);
    if (!entry) return 0;
    const usage = { inputTokens, outputTokens: outputTokens + entry.thinkingTokens, cachedInputTokens: 0 };
    return this.deps.catalogue.textCostMicros(entry, usage, this.deps.clock.now());
  }

  getMetrics(): ProviderMetrics {
    return this.calls.snapshot();
  }

  /** @throws ExternalServiceError a model that is not in the catalogue is retired as far as we know. */
  protected model(name: string): CatalogueModel {
    const entry = this.deps.catalogue.find(this.id, name);
    if (entry) return entry;
    throw vendorError(this.id, {
      status: 404,
      code: 'model_not_found',
      message: `${name} is not in the catalogue`,
    });
  }

  /** @throws ExternalServiceError without a key: the router asks only configured providers. */
  protected apiKey(): string {
    if (this.settings.apiKey) return this.settings.apiKey;
    throw vendorError(this.id, { status: 401, message: 'no key is set' });
  }
}
