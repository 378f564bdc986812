import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { PinterestAdapter } from '@/features/platforms/providers/pinterest/adapter';
import { PinterestProvider } from '@/features/platforms/providers/pinterest/provider';

export const pinterest: PlatformModule<PlatformDependencies> = {
  id: 'pinterest',
  createAdapter: (dependencies) => new PinterestAdapter(dependencies),
  createProvider: (dependencies) => new PinterestProvider(dependencies),
};
