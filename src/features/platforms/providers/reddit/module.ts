import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { RedditAdapter } from '@/features/platforms/providers/reddit/adapter';
import { RedditProvider } from '@/features/platforms/providers/reddit/provider';

export const reddit: PlatformModule<PlatformDependencies> = {
  id: 'reddit',
  createAdapter: (dependencies) => new RedditAdapter(dependencies),
  createProvider: (dependencies) => new RedditProvider(dependencies),
};
