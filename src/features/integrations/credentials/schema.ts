import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
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
  /** When people are next told of its age; null when there is nothing to tell. */
  rotationNoticeAt: z.date().nullable().default(null),
  /** Since when it is refused for its age. */
  blockedAt: z.date().nullable().default(null),
});

export const credentialAuditModel = defineModel('credential_audit', {
  organizationId: z.string(),
  credentialId: z.string(),
  integrationId: z.string(),
  action: z.enum(['created', 'replaced', 'used', 'refreshed', 'refresh_failed', 'refused', 'revoked']),
  /** A person's id, or the part of the product that acted. */
  actor: z.string(),
  version: z.int().nonnegative(),
  /** How often; uses are counted by the hour. */
  count: z.int().positive().default(1),
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

// API ------------------------------------------------------------------------------------------------------------------

export const rotationPolicyBody = z
  .strictObject({
    maxAgeDays: z.int('Write whole days.').min(1, 'At least one day.').max(3_650, 'At most ten years.'),
    warnDays: z.int('Write whole days.').min(0).max(365, 'At most a year before.'),
    block: z.boolean(),
  })
  .refine(({ maxAgeDays, warnDays }) => warnDays < maxAgeDays, {
    path: ['warnDays'],
    message: 'The notice must come after the key was given.',
  });

export const credentialAuditQuery = pageQuery;

/** About a secret; nothing of it. */
export const credentialView = z.object({
  type: z.enum(CREDENTIAL_TYPES),
  issuedAt: z.date(),
  ageDays: z.int().nonnegative(),
  /** When the vendor ends it; null where it does not, or does not say. */
  expiryTime: z.date().nullable(),
  refreshable: z.boolean(),
  nextRefreshAt: z.date().nullable(),
  lastRefreshedAt: z.date().nullable(),
  refreshCount: z.int().nonnegative(),
  rotationPolicy: rotationPolicySchema,
  /** When the policy wants it replaced; null for one that is renewed by itself. */
  replaceBy: z.date().nullable(),
  state: z.enum(['good', 'due', 'overdue', 'blocked', 'refused']),
});
export type CredentialView = z.output<typeof credentialView>;

export const credentialAuditView = credentialAuditModel.schema.pick({
  id: true,
  action: true,
  actor: true,
  version: true,
  count: true,
  at: true,
});
export type CredentialAuditView = z.output<typeof credentialAuditView>;
