import 'server-only';
import type { SecretStore } from '@/core/crypto/reencryption';
import {
  type PlatformRepository,
  platformCredentialModel,
  serverAppModel,
} from '@/features/platforms/repository';
import { credentialContext, serverAppContext } from '@/features/platforms/vault';

/** Encrypted payloads of this room, for the upkeep that moves them to the newest key. */
export function platformSecretStores(repository: () => PlatformRepository): SecretStore[] {
  return [
    {
      name: 'platform_credentials',
      page: async (afterId, limit) => {
        const rows = await repository().secretsAfter(platformCredentialModel, 'platform', afterId, limit);
        return rows.map(({ id, payload, platform, organizationId }) => ({
          id,
          payload,
          context: credentialContext(platform, organizationId),
        }));
      },
      replace: (id, expected, payload) =>
        repository().replacePayload(platformCredentialModel, id, expected, payload),
    },
    {
      name: 'platform_server_apps',
      page: async (afterId, limit) => {
        const rows = await repository().secretsAfter(serverAppModel, 'server_app', afterId, limit);
        return rows.map(({ id, payload, platform, server }) => ({
          id,
          payload,
          context: serverAppContext(platform, server),
        }));
      },
      replace: (id, expected, payload) => repository().replacePayload(serverAppModel, id, expected, payload),
    },
  ];
}
