import type { ProviderStatus } from '../directory';

type Facts = Pick<ProviderStatus, 'id' | 'configured' | 'breaker' | 'cooldownUntil' | 'sandbox'>;

/**
 * One word for how a provider is doing. `off`: nobody set its key. `open`: it failed repeatedly and rests. `half_open`: one call
 * tries whether it is back. `cooling`: it refused us for a while. `inUse` and `standby` are the sandbox's own.
 */
export type ProviderState = 'off' | 'open' | 'half_open' | 'cooling' | 'ready' | 'inUse' | 'standby';

/** Whether a real model could answer; until then the sandbox does. */
export function anyModel(providers: readonly Facts[]): boolean {
  return providers.some((one) => one.configured && !one.sandbox);
}

export function providerState(provider: Facts, providers: readonly Facts[]): ProviderState {
  if (!provider.configured) return 'off';
  if (provider.breaker !== 'closed') return provider.breaker;
  if (provider.cooldownUntil) return 'cooling';
  if (!provider.sandbox) return 'ready';
  return anyModel(providers) ? 'standby' : 'inUse';
}

/** Those that can answer first, then those that are missing; inside, the order of the product. */
export function inOrder<P extends Facts>(providers: readonly P[]): P[] {
  return providers.toSorted((a, b) => Number(b.configured) - Number(a.configured));
}
