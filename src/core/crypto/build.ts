import 'server-only';
import type { Env } from '@/core/config/env';
import { EncryptionService } from './encryption';
import { KmsKeys, kmsClient } from './kms-keys';
import { developmentKeys, LocalKeyRing, parseKeyRing } from './local-keys';

const DEVELOPMENT_KEY_FILE = '.irisync/dev-keys';

/**
 * The encryption that the environment asks for: Cloud KMS when `KMS_KEY_NAME` is set (keys of `ENCRYPTION_KEYS` then only
 * decrypt what they once encrypted), else the local key ring, else, on a developer's machine, keys made on first use.
 *
 * @throws Error in production without keys: secrets must not be written under a key that nobody keeps.
 */
export function buildEncryption(env: Env, keyFile = DEVELOPMENT_KEY_FILE): EncryptionService {
  const ring = env.ENCRYPTION_KEYS ? new LocalKeyRing(parseKeyRing(env.ENCRYPTION_KEYS)) : undefined;
  if (env.KMS_KEY_NAME) {
    const client = kmsClient(env.KMS_BASE_URL ? { endpoint: env.KMS_BASE_URL } : {});
    return new EncryptionService(new KmsKeys(env.KMS_KEY_NAME, client), ring ? [ring] : []);
  }
  if (ring) return new EncryptionService(ring);
  if (env.NODE_ENV === 'production' && !env.FIRESTORE_EMULATOR_HOST) {
    throw new Error('Set ENCRYPTION_KEYS or KMS_KEY_NAME: production has no keys of its own.');
  }
  return new EncryptionService(new LocalKeyRing(developmentKeys(keyFile)));
}
