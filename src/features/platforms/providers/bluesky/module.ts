import 'server-only';
import { BlueskyAdapter } from '@/features/platforms/providers/bluesky/adapter';
import { BlueskyProvider } from '@/features/platforms/providers/bluesky/provider';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';

export const bluesky: PlatformModule<PlatformDependencies> = {
  id: 'bluesky',
  createAdapter: (dependencies) => new BlueskyAdapter(dependencies),
  createProvider: (dependencies) => new BlueskyProvider(dependencies),
};
