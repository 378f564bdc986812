import { platformDependencies, platformEnv } from '@tests/fakes/platforms/harness';
import { ServiceUnavailableError } from '@/core/errors';
import { LockService } from '@/core/locks/locks';
import { FixedClock } from '@/core/time/clock';
import { Connector } from '@/features/platforms/connector';
import { ConsentFlow } from '@/features/platforms/consent-flow';
import { PlatformAdapterFactory, PlatformProviderFactory } from '@/features/platforms/factories';
import { TokenMaintenance } from '@/features/platforms/maintenance';
import { platformRegistry } from '@/features/platforms/registry';
import { PlatformRepository } from '@/features/platforms/repository';
import { PlatformService } from '@/features/platforms/service';
import { TokenKeeper } from '@/features/platforms/token-keeper';
import { CredentialVault } from '@/features/platforms/vault';
import { core } from '@/server/core';

/**
 * Channels against fakes of the networks: the product's own classes on the emulator, with a clock that tests can move and
 * addresses of fakes in place of the networks'. Call it again with the same clock for "another process".
 */
export function platformWorld(
  options: {
    env?: Record<string, string>;
    clock?: FixedClock;
    limit?: number | null;
    mayManage?: () => boolean;
  } = {},
) {
  const clock = options.clock ?? new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
  const repository = new PlatformRepository(core.db);
  const vault = new CredentialVault(core.encryption, repository);
  const dependencies = { ...platformDependencies(clock, platformEnv(options.env ?? {})), serverApps: vault };
  const modules = platformRegistry(() => {
    throw new ServiceUnavailableError('There is no sandbox network in this test.');
  });
  const adapters = new PlatformAdapterFactory(modules, dependencies);
  const providers = new PlatformProviderFactory(modules, dependencies);
  const locks = new LockService(core.db, clock, core.ids);
  const keeper = new TokenKeeper(repository, vault, adapters, locks, core.outbox, clock);
  const allowance = { channelLimit: async () => options.limit ?? null };
  const connector = new Connector(repository, vault, allowance, core.outbox, clock);
  const managers = { mayManageChannels: async () => options.mayManage?.() ?? true };
  const common = { repository, adapters, connector, vault, clock, appUrl: 'http://localhost:3000' };
  const consent = new ConsentFlow({ ...common, managers, ids: core.ids });
  const service = new PlatformService({
    ...common,
    providers,
    keeper,
    consent,
    outbox: core.outbox,
    sandboxConsent: () => Promise.reject(new Error('There is no sandbox network in this test.')),
  });
  const maintenance = new TokenMaintenance(repository, keeper, core.outbox, clock);
  return { clock, repository, vault, adapters, keeper, connector, service, maintenance };
}

export type PlatformWorld = ReturnType<typeof platformWorld>;

/** Events of one kind and channel that wait in or went through the outbox. */
export async function announced(event: string, connectionId: string): Promise<Record<string, unknown>[]> {
  const found = await core.db.firestore.collection('outbox').where('event', '==', event).get();
  return found.docs
    .map((doc) => JSON.parse(String(doc.get('payload'))) as Record<string, unknown>)
    .filter((payload) => payload.connectionId === connectionId);
}

export const anActor = (organizationId: string, userId = 'user1') => ({
  organizationId,
  userId,
  channelIds: [],
});
