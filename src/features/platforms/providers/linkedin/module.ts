import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { LinkedInAdapter } from '@/features/platforms/providers/linkedin/adapter';
import { LinkedInProvider } from '@/features/platforms/providers/linkedin/provider';
import type { PlatformModule } from '@/features/platforms/providers/module';

export const linkedin: PlatformModule<PlatformDependencies> = {
  id: 'linkedin',
  createAdapter: (dependencies) => new LinkedInAdapter(dependencies),
  createProvider: (dependencies) => new LinkedInProvider(dependencies),
};
