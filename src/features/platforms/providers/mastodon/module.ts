import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { MastodonAdapter } from '@/features/platforms/providers/mastodon/adapter';
import { MastodonProvider } from '@/features/platforms/providers/mastodon/provider';
import type { PlatformModule } from '@/features/platforms/providers/module';

export const mastodon: PlatformModule<PlatformDependencies> = {
  id: 'mastodon',
  createAdapter: (dependencies) => new MastodonAdapter(dependencies),
  createProvider: (dependencies) => new MastodonProvider(dependencies),
};
