import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { provide, singleton } from '@/core/singletons';
import { can } from '@/features/organizations/permissions';
import type { OrganizationRepository } from '@/features/organizations/repository';
import { type ChannelAllowance, Connector } from '@/features/platforms/connector';
import { type ChannelManagers, ConsentFlow } from '@/features/platforms/consent-flow';
import { PlatformAdapterFactory, PlatformProviderFactory } from '@/features/platforms/factories';
import { TokenMaintenance } from '@/features/platforms/maintenance';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { platformRegistry } from '@/features/platforms/registry';
import { PlatformRepository } from '@/features/platforms/repository';
import { SandboxNetwork } from '@/features/platforms/sandbox/network';
import { SandboxRepository } from '@/features/platforms/sandbox/repository';
import { SandboxService } from '@/features/platforms/sandbox/service';
import { platformSecretStores } from '@/features/platforms/secret-stores';
import { PlatformService } from '@/features/platforms/service';
import { TokenKeeper } from '@/features/platforms/token-keeper';
import { CredentialVault } from '@/features/platforms/vault';
import { TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import { core } from '../core';

/** Social channels and the practice network. */
const repository = () => singleton<PlatformRepository>('PlatformRepository');
const vault = () => singleton<CredentialVault>('CredentialVault');
const adapters = () => singleton<PlatformAdapterFactory>('PlatformAdapterFactory');
const keeper = () => singleton<TokenKeeper>('TokenKeeper');
const sandbox = () => singleton<SandboxNetwork>('SandboxNetwork');
const organizations = () => singleton<OrganizationRepository>('OrganizationRepository');

const allowance: ChannelAllowance = {
  async channelLimit(organizationId) {
    const organization = await organizations().organization(organizationId);
    return TIER_DEFINITIONS[organization?.billing.tier ?? 'free'].limits.channels;
  },
};

const managers: ChannelManagers = {
  async mayManageChannels(userId, organizationId) {
    const found = await organizations().membership(organizationId, userId);
    return (
      found !== null && found.organization.deletion === null && can(found.member.role, 'channels.manage')
    );
  },
};

provide('PlatformRepository', () => new PlatformRepository(core.db));
provide('CredentialVault', () => new CredentialVault(core.encryption, repository()));
provide(
  'PlatformDependencies',
  (): PlatformDependencies => ({
    http: core.outbound,
    resilience: core.resilience,
    clock: core.clock,
    ids: core.ids,
    env: core.env,
    serverApps: vault(),
    appUses: repository(),
  }),
);
const dependencies = () => singleton<PlatformDependencies>('PlatformDependencies');
const modules = platformRegistry(sandbox);
provide('PlatformAdapterFactory', () => new PlatformAdapterFactory(modules, dependencies()));
provide('PlatformProviderFactory', () => new PlatformProviderFactory(modules, dependencies()));
provide(
  'TokenKeeper',
  () => new TokenKeeper(repository(), vault(), adapters(), core.locks, core.outbox, core.clock),
);
provide('TokenMaintenance', () => new TokenMaintenance(repository(), keeper(), core.outbox, core.clock));

core.cron.on('credential-refresh', 'platforms', async ({ until, signal }) => {
  const maintenance = singleton<TokenMaintenance>('TokenMaintenance');
  return { ...(await maintenance.run(() => !signal.aborted && core.clock.now() < until)) };
});
for (const store of platformSecretStores(repository)) core.secretStores.set(store.name, store);

provide('SandboxNetwork', () => {
  const appUrl = core.env.APP_URL;
  return new SandboxNetwork({
    store: new SandboxRepository(core.db),
    clock: core.clock,
    ids: core.ids,
    appUrl,
    redirectUris: [
      new URL('/api/accounts/callback/sandbox', appUrl).href,
      new URL('/api/integrations/callback/sandbox_crm', appUrl).href,
    ],
    sleep: async (milliseconds, signal) => {
      await delay(milliseconds, undefined, signal ? { signal, ref: false } : { ref: false }).catch(
        () => undefined,
      );
    },
  });
});
provide('SandboxService', () => new SandboxService(sandbox(), sandbox().deps.store, core.env, core.clock));

provide('PlatformService', () => {
  const connector = new Connector(repository(), vault(), allowance, core.outbox, core.clock);
  const appUrl = core.env.APP_URL;
  return new PlatformService({
    repository: repository(),
    adapters: adapters(),
    providers: singleton<PlatformProviderFactory>('PlatformProviderFactory'),
    keeper: keeper(),
    connector,
    vault: vault(),
    consent: new ConsentFlow({
      repository: repository(),
      adapters: adapters(),
      connector,
      vault: vault(),
      managers,
      clock: core.clock,
      ids: core.ids,
      appUrl,
    }),
    outbox: core.outbox,
    sandboxConsent: (userId, handle, url) => SandboxService.getInstance().consentFor(userId, handle, url),
    clock: core.clock,
    appUrl,
  });
});
