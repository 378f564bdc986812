import 'server-only';
import { ServiceUnavailableError } from '@/core/errors';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type { PlatformModule } from '@/features/platforms/providers/module';
import type { SocialProvider } from '@/features/platforms/providers/types';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { PlatformId } from '@/features/platforms/schema';

function unsupported(platform: PlatformId): ServiceUnavailableError {
  return new ServiceUnavailableError(
    `${PLATFORM_RULES[platform].name} cannot be connected yet.`,
    'platform_not_configured',
  );
}

/** Built once per network, on first use. */
class Built<T> {
  readonly #made = new Map<PlatformId, T>();

  constructor(
    readonly modules: readonly PlatformModule<PlatformDependencies>[],
    readonly make: (module: PlatformModule<PlatformDependencies>) => T,
  ) {}

  find(platform: PlatformId): T | undefined {
    const known = this.#made.get(platform);
    if (known) return known;
    const module = this.modules.find((candidate) => candidate.id === platform);
    if (!module) return undefined;
    const made = this.make(module);
    this.#made.set(platform, made);
    return made;
  }
}

/** Gives the adapter of a network: identity and tokens. */
export class PlatformAdapterFactory {
  readonly #built: Built<PlatformAdapter>;

  constructor(modules: readonly PlatformModule<PlatformDependencies>[], dependencies: PlatformDependencies) {
    this.#built = new Built(modules, (module) => module.createAdapter(dependencies));
  }

  /** Undefined for a network that this version cannot connect. */
  find(platform: PlatformId): PlatformAdapter | undefined {
    return this.#built.find(platform);
  }

  /** @throws ServiceUnavailableError `platform_not_configured` */
  get(platform: PlatformId): PlatformAdapter {
    const adapter = this.find(platform);
    if (!adapter) throw unsupported(platform);
    return adapter;
  }
}

/** Gives the provider of a network: what acts. */
export class PlatformProviderFactory {
  readonly #built: Built<SocialProvider>;

  constructor(modules: readonly PlatformModule<PlatformDependencies>[], dependencies: PlatformDependencies) {
    this.#built = new Built(modules, (module) => module.createProvider(dependencies));
  }

  find(platform: PlatformId): SocialProvider | undefined {
    return this.#built.find(platform);
  }

  /** @throws ServiceUnavailableError `platform_not_configured` */
  get(platform: PlatformId): SocialProvider {
    const provider = this.find(platform);
    if (!provider) throw unsupported(platform);
    return provider;
  }
}
