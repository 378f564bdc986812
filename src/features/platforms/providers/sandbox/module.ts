import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { SandboxAdapter } from '@/features/platforms/providers/sandbox/adapter';
import { SandboxApi } from '@/features/platforms/providers/sandbox/api';
import { SandboxProvider } from '@/features/platforms/providers/sandbox/provider';
import type { SandboxNetwork } from '@/features/platforms/sandbox/network';

/** The practice network lives inside the product, so its module is made with the network itself. */
export function sandbox(network: () => SandboxNetwork): PlatformModule<PlatformDependencies> {
  return {
    id: 'sandbox',
    createAdapter: (dependencies) => new SandboxAdapter(new SandboxApi(dependencies, network)),
    createProvider: (dependencies) => new SandboxProvider(new SandboxApi(dependencies, network)),
  };
}
