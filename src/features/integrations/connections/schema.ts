import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';

/** Connections to other companies' systems: what people see of them. Secrets are elsewhere, and only on the server. */

export const INTEGRATION_TYPES = [
  'hubspot',
  'salesforce',
  'notion',
  'github',
  'slack',
  'google_sheets',
  'sandbox_crm',
] as const;
export const integrationTypeSchema = z.enum(INTEGRATION_TYPES);
export type IntegrationType = z.output<typeof integrationTypeSchema>;

export const CATEGORIES = ['crm', 'productivity', 'development', 'communication'] as const;
export const categorySchema = z.enum(CATEGORIES);

/** A kind of record, as a vendor's adapter names it. */
export const entityNameSchema = z.string().regex(/^[a-z][a-z_]{0,39}$/, 'Name a kind of record.');

export const integrationStatusSchema = z.enum([
  'pending',
  'active',
  'error',
  'reauth_required',
  'disconnected',
]);
export type IntegrationStatus = z.output<typeof integrationStatusSchema>;

export const connectMethodSchema = z.enum(['oauth2', 'api_key']);

export const registryEntrySchema = z.object({
  type: integrationTypeSchema,
  name: z.string(),
  platform: z.string(),
  category: categorySchema,
  isPopular: z.boolean(),
  isActive: z.boolean(),
  capabilities: z.array(z.enum(['pull', 'push', 'webhooks', 'messages', 'live_changes'])),
  methods: z.array(connectMethodSchema),
  entities: z.array(z.string()),
  requiredFields: z.array(z.string()),
  optionalFields: z.array(z.string()),
  /** Null where the vendor is our own. */
  documentationUrl: z.url().nullable(),
  /** A stand-in to practise with, and labelled so; there only where the sandbox is allowed. */
  sandbox: z.literal(true).optional(),
});
export type RegistryEntry = z.output<typeof registryEntrySchema>;

export const integrationModel = defineModel('integrations', {
  organizationId: z.string(),
  name: z.string(),
  type: integrationTypeSchema,
  platform: z.string(),
  status: integrationStatusSchema,
  /** For people: why the status is what it is. */
  statusReason: z.string().nullable(),
  method: connectMethodSchema,
  credentialId: z.string(),
  /** Rises with each new secret, and never comes back. */
  credentialVersion: z.int().nonnegative(),
  /** The vendor's id of the account. */
  accountId: z.string(),
  accountName: z.string(),
  accountUrl: z.string().nullable(),
  scopes: z.array(z.string()),
  /** What people chose for it, by its vendor's own schema. */
  settings: z.record(z.string(), z.json()).default({}),
  lastSync: z.date().nullable(),
  dataCount: z.int().nonnegative(),
  errorCount: z.int().nonnegative(),
  lastCheckedAt: z.date().nullable(),
  latencyMs: z.int().nonnegative().nullable(),
  connectedBy: z.string(),
});

// API ------------------------------------------------------------------------------------------------------------------

const name = z.string().trim().min(1, 'Give it a name.').max(80);
/** A page of IriSync: a path, and nothing that a browser reads as another host. */
const ownPath = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])[^\\\s]*$/, 'Write a path of IriSync, such as /integrations.');

export const connectParams = z.object({ type: integrationTypeSchema });
export const connectBody = z.union([
  z.strictObject({ apiKey: z.string().trim().min(1, 'Paste the token.').max(500) }),
  z.strictObject({ redirectTo: ownPath.default('/integrations') }),
]);
export type ConnectBody = z.output<typeof connectBody>;

export const callbackQuery = z.object({
  state: z.string().max(200).optional(),
  code: z.string().max(4_000).optional(),
  error: z.string().max(200).optional(),
});
export type CallbackQuery = z.output<typeof callbackQuery>;

export const integrationParams = z.object({ id: z.string().min(1).max(100) });
export const entityParams = integrationParams.extend({ entity: z.string().min(1).max(60) });
export const changeIntegrationBody = z
  .strictObject({
    name: name.optional(),
    /** Replaced whole; what it may hold is its vendor's matter. */
    settings: z.record(z.string().max(60), z.json()).optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Say what to change.');
export type ChangeIntegrationBody = z.output<typeof changeIntegrationBody>;

export const integrationQuery = pageQuery.extend({ type: integrationTypeSchema.optional() });
export type IntegrationQuery = z.output<typeof integrationQuery>;

export const integrationView = integrationModel.schema.omit({
  organizationId: true,
  credentialId: true,
  credentialVersion: true,
});
export type IntegrationView = z.output<typeof integrationView>;

export const connectAnswer = z.union([
  z.object({ authorizationUrl: z.string() }),
  z.object({ integration: integrationView }),
]);
export type ConnectAnswer = z.output<typeof connectAnswer>;

export const testAnswer = z.object({
  success: z.boolean(),
  /** What went wrong and what to do, for people. */
  error: z.string().optional(),
  health: z.enum(['healthy', 'degraded', 'down']),
  latencyMs: z.int().nonnegative(),
  account: z.object({ id: z.string(), name: z.string() }).optional(),
  /** Calls left of the vendor's daily allowance, where it says so. */
  quotaLeft: z.int().nullable(),
});
export type TestAnswer = z.output<typeof testAnswer>;

export const registryQuery = z.object({
  category: z.string().max(40).optional(),
  q: z.string().trim().max(80).optional(),
  popular: z.enum(['true', 'false']).optional(),
});
export type RegistryQuery = z.output<typeof registryQuery>;

export const registryView = registryEntrySchema.extend({
  /** Whether this installation has an app of its own at the vendor; without it only a key works. */
  oauthConfigured: z.boolean(),
});
export type RegistryView = z.output<typeof registryView>;

const counts = {
  installed: z.int().nonnegative(),
  active: z.int().nonnegative(),
  /** Those that a person must look at. */
  failing: z.int().nonnegative(),
  records: z.int().nonnegative(),
};
export const statisticsView = z.object({
  ...counts,
  byType: z.array(z.object({ type: integrationTypeSchema, ...counts })),
});
export type StatisticsView = z.output<typeof statisticsView>;

export const propertyView = z.object({
  name: z.string(),
  /** Where mappings read it; its name where absent. */
  path: z.string().optional(),
  label: z.string(),
  type: z.string(),
  /** Computed by the vendor: it can be read and not written. */
  readOnly: z.boolean(),
  options: z.array(z.object({ value: z.string(), label: z.string() })),
});
export type PropertyView = z.output<typeof propertyView>;

export const sampleQuery = z.object({
  /** One record; without it some that are there. */
  externalId: z.string().min(1).max(200).optional(),
  /** What mappings read, divided by commas. */
  fields: z
    .string()
    .max(8_000)
    .default('')
    .transform((text) => [...new Set(text.split(',').filter(Boolean))]),
});
export type SampleQuery = z.output<typeof sampleQuery>;

/** A record as the vendor has it now, to try mappings on. */
export const sampleView = z.object({ externalId: z.string(), record: z.record(z.string(), z.json()) });
export type SampleView = z.output<typeof sampleView>;
