import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { InstagramAdapter } from '@/features/platforms/providers/instagram/adapter';
import { InstagramProvider } from '@/features/platforms/providers/instagram/provider';
import type { PlatformModule } from '@/features/platforms/providers/module';

export const instagram: PlatformModule<PlatformDependencies> = {
  id: 'instagram',
  createAdapter: (dependencies) => new InstagramAdapter(dependencies),
  createProvider: (dependencies) => new InstagramProvider(dependencies),
};
