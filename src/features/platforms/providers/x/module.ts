import 'server-only';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { XAdapter } from '@/features/platforms/providers/x/adapter';
import { XProvider } from '@/features/platforms/providers/x/provider';

export const x: PlatformModule<PlatformDependencies> = {
  id: 'x',
  createAdapter: (dependencies) => new XAdapter(dependencies),
  createProvider: (dependencies) => new XProvider(dependencies),
};
