import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { ThreadsAdapter } from '@/features/platforms/providers/threads/adapter';
import { ThreadsProvider } from '@/features/platforms/providers/threads/provider';

export const threads: PlatformModule<PlatformDependencies> = {
  id: 'threads',
  createAdapter: (dependencies) => new ThreadsAdapter(dependencies),
  createProvider: (dependencies) => new ThreadsProvider(dependencies),
};
