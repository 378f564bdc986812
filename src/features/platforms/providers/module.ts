import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import type { SocialProvider } from '@/features/platforms/providers/types';
import type { PlatformId } from '@/features/platforms/schema';

/**
 * One line of the registry. Adding a network is its file (which exports a module), its fake, its rules and this line;
 * factories, service, routes and UI read the registry and never name a network.
 */
export interface PlatformModule<Dependencies> {
  id: PlatformId;
  createAdapter(dependencies: Dependencies): PlatformAdapter;
  createProvider(dependencies: Dependencies): SocialProvider;
}
