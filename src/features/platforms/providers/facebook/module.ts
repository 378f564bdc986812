import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { FacebookAdapter } from '@/features/platforms/providers/facebook/adapter';
import { FacebookProvider } from '@/features/platforms/providers/facebook/provider';
import type { PlatformModule } from '@/features/platforms/providers/module';

export const facebook: PlatformModule<PlatformDependencies> = {
  id: 'facebook',
  createAdapter: (dependencies) => new FacebookAdapter(dependencies),
  createProvider: (dependencies) => new FacebookProvider(dependencies),
};
