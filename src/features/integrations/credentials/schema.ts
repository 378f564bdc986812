import { z } from 'zod';
import { defineModel } from '@/core/db/model';
import { integrationTypeSchema } from '../connections/schema';

/** What opens another company's door. Everything here is encrypted before it is stored and never leaves the server. */

export const CREDENTIAL_TYPES = [
  'oauth2',
  'oauth1',
  'api_key',
  'basic',
  'bearer',
  'jwt',
  'service_account',
  'certificate',
  'webhook_secret',
] as const;
export type CredentialType = (typeof CREDENTIAL_TYPES)[number];

const secret = z.string().min(1).max(20_000);

export const oauth2Secret = z.strictObject({
  type: z.literal('oauth2'),
  grant: z.enum(['code', 'client_credentials']),
  accessToken: secret,
  refreshToken: secret.nullable(),
  scopes: z.array(z.string()),
  /** Where the token is good, for vendors that keep each customer at an address of its own. */
  instanceUrl: z.url().optional(),
});
export type OAuth2Secret = z.output<typeof oauth2Secret>;

/** The nine kinds of secret, told apart by `type`. */
export const secretSchema = z.discriminatedUnion('type', [
  oauth2Secret,
  z.strictObject({
    type: z.literal('oauth1'),
    consumerKey: secret,
    consumerSecret: secret,
    token: secret,
    tokenSecret: secret,
  }),
  z.strictObject({ type: z.literal('api_key'), apiKey: secret }),
  z.strictObject({ type: z.literal('basic'), username: z.string().max(500), password: secret }),
  z.strictObject({ type: z.literal('bearer'), token: secret }),
  z.strictObject({
    type: z.literal('jwt'),
    issuer: z.string().max(500),
    subject: z.string().max(500),
    audience: z.string().max(500),
    privateKey: secret,
    keyId: z.string().max(200).nullable(),
  }),
  z.strictObject({
    type: z.literal('service_account'),
    clientEmail: z.email(),
    privateKey: secret,
    tokenUrl: z.url(),
  }),
  z.strictObject({
    type: z.literal('certificate'),
    certificate: secret,
    privateKey: secret,
    passphrase: z.string().max(500).nullable(),
  }),
  z.strictObject({ type: z.literal('webhook_secret'), secret }),
]);
export type Secret = z.output<typeof secretSchema>;

export const rotationPolicySchema = z.strictObject({
  /** Days after which a secret that a person gave should be replaced. */
  maxAgeDays: z.int().min(1).max(3_650).default(90),
  /** Days before that on which people hear of it. */
  warnDays: z.int().min(0).max(365).default(14),
  /** Refuse its use afterwards. */
  block: z.boolean().default(false),
});
export type RotationPolicy = z.output<typeof rotationPolicySchema>;

export const integrationCredentialModel = defineModel('credentials', {
  organizationId: z.string(),
  integrationId: z.string(),
  kind: z.literal('integration'),
  integrationType: integrationTypeSchema,
  type: z.enum(CREDENTIAL_TYPES),
  payload: z.string(),
  version: z.int().positive(),
  issuedAt: z.date(),
  expiryTime: z.date().nullable(),
  enabled: z.boolean(),
  /** A grant came with a refresh token: the upkeep renews it. */
  refreshable: z.boolean(),
  /** When the upkeep looks at it next; null when there is nothing to do. */
  nextRefreshAt: z.date().nullable(),
  lastRefreshedAt: z.date().nullable(),
  refreshCount: z.int().nonnegative(),
  /** No renewal is tried before: the last one failed for a passing reason. */
  refreshAfter: z.date().nullable(),
  rotationPolicy: rotationPolicySchema,
});

export const credentialAuditModel = defineModel('credential_audit', {
  organizationId: z.string(),
  credentialId: z.string(),
  integrationId: z.string(),
  action: z.enum(['created', 'replaced', 'used', 'refreshed', 'refresh_failed', 'refused', 'revoked']),
  /** A person's id, or the part of the product that acted. */
  actor: z.string(),
  version: z.int().nonnegative(),
  at: z.date(),
  expiresAt: z.date(),
});

/** An OAuth consent under way. The id is the hash of the state; the state itself is only in the browser. */
export const integrationStateModel = defineModel('oauth_states', {
  kind: z.literal('integration'),
  integrationType: integrationTypeSchema,
  organizationId: z.string(),
  userId: z.string(),
  redirectUri: z.string(),
  redirectTo: z.string(),
  /** Encrypted: the PKCE verifier. */
  payload: z.string(),
  expiresAt: z.date(),
});
