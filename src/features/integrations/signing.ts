import 'server-only';
import { Webhook } from 'standardwebhooks';
import type { Ids } from '@/core/ids';
import type { WebhookSecrets } from './schema';

/** What a secret is bound to when it is encrypted. */
export function webhookSecretContext(organizationId: string, endpointId: string): string {
  return `webhook_${organizationId}_${endpointId}`;
}

/** `whsec_` and base64, as the receivers' libraries expect it. */
export function newWebhookSecret(ids: Ids): string {
  return `whsec_${Buffer.from(ids.secret()).toString('base64')}`;
}

/** Those that sign now. */
export function liveSecrets(secrets: WebhookSecrets, now: Date): WebhookSecrets {
  return secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
}

/**
 * Headers of a message, signed with every live secret: a receiver needs to know only one of them
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#webhook-headers-sending-metadata-to-consumers).
 */
export function signedHeaders(
  message: { id: string; body: string; at: Date },
  secrets: WebhookSecrets,
): Record<string, string> {
  const signatures = liveSecrets(secrets, message.at).map(({ secret }) =>
    new Webhook(secret).sign(message.id, message.at, message.body),
  );
  return {
    'content-type': 'application/json',
    'webhook-id': message.id,
    'webhook-timestamp': String(Math.floor(message.at.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}
