import 'server-only';
import type { EncryptionService } from '@/core/crypto/encryption';
import { ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import { standardKey } from '@/core/webhooks/signatures';
import { type WebhookSecrets, webhookSecretsSchema } from '../schema';
import { liveSecrets, newWebhookSecret, webhookSecretContext } from '../signing';
import { INBOUND_PROVIDERS, type InboundProvider } from './providers.data';
import type { InboundRegistration, InboundRepository } from './repository';

export interface InboundSecretDeps {
  repository: InboundRepository;
  encryption: EncryptionService;
  clock: Clock;
  ids: Ids;
}
type Whose = Pick<InboundRegistration, 'id' | 'organizationId'>;

/** The secrets of addresses that receive: chosen, encrypted and opened. */
export class InboundSecrets {
  constructor(readonly deps: InboundSecretDeps) {}

  /**
   * The given secret, or one of ours where we choose it; null where none is shared yet.
   * @param opening whether the address is being made: some vendors name their secret only to those who have one.
   * @throws ValidationError at `body.secret`
   */
  fresh(
    providerId: InboundProvider,
    given: string | undefined,
    opening: boolean,
  ): WebhookSecrets[number] | null {
    const { ids } = this.deps;
    const source = INBOUND_PROVIDERS[providerId].secret;
    if (source === 'none' || source === 'handshake' || source === 'ours') {
      if (given !== undefined)
        throw ValidationError.at('body.secret', 'This sender takes no secret of yours.');
      if (source !== 'ours') return null;
    }
    if (source === 'after' && given === undefined && opening) return null;
    if ((source === 'vendor' || source === 'after') && given === undefined)
      throw ValidationError.at('body.secret', 'Copy the signing secret from the page of the sender.');
    if (providerId === 'generic' && given !== undefined && standardKey(given).length < 16)
      throw ValidationError.at('body.secret', 'The secret must be whsec_ and base64 of at least 16 bytes.');
    const own = () => (providerId === 'salesforce' ? ids.secret() : newWebhookSecret(ids));
    return { id: ids.next(), secret: given ?? own(), expiresAt: null };
  }

  seal({ organizationId, id }: Whose, secrets: WebhookSecrets): Promise<string> {
    return this.deps.encryption.encryptJson(secrets, webhookSecretContext(organizationId, id));
  }

  /** Those that verify now, newest first. @param stored as it was read. */
  async opened({ organizationId, id }: Whose, stored: { payload: string } | null): Promise<WebhookSecrets> {
    if (!stored) return [];
    const context = webhookSecretContext(organizationId, id);
    const all = webhookSecretsSchema.parse(await this.deps.encryption.decryptJson(stored.payload, context));
    return liveSecrets(all, this.deps.clock.now());
  }

  /** The one that signs; null while none is known. */
  async newest(whose: Whose): Promise<string | null> {
    const { repository } = this.deps;
    const [first] = await this.opened(whose, await repository.db.get(repository.secretRef(whose.id)));
    return first?.secret ?? null;
  }
}

/** What may be shown of secrets. */
export function hints(secrets: WebhookSecrets): InboundRegistration['secrets'] {
  return secrets.map(({ id, secret, expiresAt }) => ({ id, hint: secret.slice(-4), expiresAt }));
}
