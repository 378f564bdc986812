import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { YouTubeAdapter } from '@/features/platforms/providers/youtube/adapter';
import { YouTubeProvider } from '@/features/platforms/providers/youtube/provider';

export const youtube: PlatformModule<PlatformDependencies> = {
  id: 'youtube',
  createAdapter: (dependencies) => new YouTubeAdapter(dependencies),
  createProvider: (dependencies) => new YouTubeProvider(dependencies),
};
