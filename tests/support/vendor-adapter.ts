import { platformEnv } from '@tests/fakes/platforms/harness';
import { nextId } from '@tests/fakes/platforms/server';
import { OutboundHttp } from '@/core/http/outbound';
import { ResilienceService } from '@/core/resilience/policy';
import type { FixedClock } from '@/core/time/clock';
import type { IntegrationType } from '@/features/integrations/connections/schema';
import type { OAuth2Secret, Secret } from '@/features/integrations/credentials/schema';
import { integrationAdapters } from '@/features/integrations/providers/registry';
import type { IntegrationAdapter, VendorSession } from '@/features/integrations/providers/types';

/** A vendor's adapter over real HTTP to 127.0.0.1, without waiting between tries. */
export function vendorAdapter(type: IntegrationType, clock: FixedClock, env: Record<string, string>) {
  const found = integrationAdapters({
    http: new OutboundHttp({ allowHosts: ['127.0.0.1'], clock }),
    resilience: new ResilienceService({ random: () => 0, failuresToOpen: 1_000 }),
    clock,
    env: platformEnv(env),
  }).get(type);
  if (!found) throw new Error(`${type} has no adapter.`);
  return found;
}

/** As the vault gives it out: a refused secret is renewed, and the new one kept. */
export function vendorSession(adapter: IntegrationAdapter, secret: Secret, settings: unknown = {}) {
  const held = { version: 1, secret, renewals: 0 };
  const session: VendorSession = {
    // Each its own: what one was answered is not kept for another.
    owner: `test-${nextId()}`,
    secret: async () => ({ version: held.version, secret: held.secret }),
    renew: async () => {
      held.renewals += 1;
      const signal = AbortSignal.timeout(20_000);
      held.secret = (await adapter.refreshTokens(held.secret as OAuth2Secret, signal)).secret;
      held.version += 1;
    },
    signal: AbortSignal.timeout(60_000),
    settings: async () => settings,
  };
  return { session, held };
}
