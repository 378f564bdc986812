import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { TikTokAdapter } from '@/features/platforms/providers/tiktok/adapter';
import { TikTokProvider } from '@/features/platforms/providers/tiktok/provider';

export const tiktok: PlatformModule<PlatformDependencies> = {
  id: 'tiktok',
  createAdapter: (dependencies) => new TikTokAdapter(dependencies),
  createProvider: (dependencies) => new TikTokProvider(dependencies),
};
