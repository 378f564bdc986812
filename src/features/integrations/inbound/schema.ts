import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { disabledReasonSchema, endpointStatusSchema } from '../schema';
import { INBOUND_PROVIDERS, type InboundProvider } from './providers.data';

/** Webhooks that other companies send to us: registrations, what came, and what was refused. */

export const inboundProviderSchema = z.enum(
  Object.keys(INBOUND_PROVIDERS) as [InboundProvider, ...InboundProvider[]],
);

const addressOrRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);
const isRange = (text: string) => addressOrRange.safeParse(text).success;

/** What a vendor's check needs beside the secret. Nothing here is secret. */
export const inboundSettingsSchema = z.strictObject({
  /** HubSpot: take versions 1 and 2 where version 3 is absent. */
  allowLegacySignatures: z.boolean().default(false),
  /** Google channel: the id under which the channel was opened. */
  channelId: z.string().trim().min(1).max(64).optional(),
  /** Google Pub/Sub: the service account that signs the push requests, and the audience it names (this address unless set). */
  serviceAccountEmail: z.email().max(320).optional(),
  audience: z.string().trim().min(1).max(2000).optional(),
  /** Salesforce: the 18 characters of the organisation. */
  vendorOrganizationId: z
    .string()
    .regex(/^[A-Za-z0-9]{18}$/, 'The id of a Salesforce organisation has 18 letters and digits.')
    .optional(),
  /** Salesforce: addresses or CIDR ranges that may send. */
  allowedIps: z
    .array(z.string().max(50).refine(isRange, 'Write an IP address, or a range such as 13.108.0.0/14.'))
    .max(100)
    .default([]),
});
export type InboundSettings = z.output<typeof inboundSettingsSchema>;

/** `disconnected`: the connection it is for was. */
const inboundDisabledReasonSchema = z.enum([...disabledReasonSchema.options, 'disconnected']);
const failingReasonSchema = z.enum(['processing', 'subscription_gone']);

export const inboundRegistrationModel = defineModel('webhook_registrations', {
  organizationId: z.string(),
  direction: z.literal('in'),
  providerId: inboundProviderSchema,
  integrationId: z.string().nullable(),
  connectionId: z.string().nullable(),
  webhookUrl: z.string(),
  description: z.string(),
  /** The vendor's own id of the subscription, where its API made one. */
  providerWebhookId: z.string().nullable(),
  /** What the vendor's API made the subscription for: a repository. Null where a person sets the address up at the vendor. */
  vendorResource: z.string().nullable().default(null),
  /** When the vendor is asked next whether the subscription is still there; null where there is none. */
  checkDueAt: z.date().nullable().default(null),
  /** Topics that are taken; empty means all. Others are acknowledged and not kept. */
  events: z.array(z.string()),
  status: endpointStatusSchema,
  disabledReason: inboundDisabledReasonSchema.nullable(),
  failingReason: failingReasonSchema.nullable().default(null),
  /** A delivery has verified since the registration, or the last rotation of a handshake. */
  verified: z.boolean(),
  /** Until then an unverified registration takes the vendor's handshake. */
  handshakeUntil: z.date(),
  /** Deliveries in a row whose processing failed for good. */
  failureCount: z.int().nonnegative(),
  failingSince: z.date().nullable(),
  /** Live secrets, newest first, without the secrets. */
  secrets: z.array(z.object({ id: z.string(), hint: z.string(), expiresAt: z.date().nullable() })),
  /** Meta's verify token, hashed. */
  verifyTokenHash: z.string().nullable(),
  settings: inboundSettingsSchema,
  createdBy: z.string(),
});

export const inboundEventStatusSchema = z.enum(['received', 'processed', 'failed', 'unparseable']);

/** One delivery. The id is made of registration, provider and delivery id, so it is kept once however often it is sent. */
export const inboundEventModel = defineModel('webhook_events', {
  organizationId: z.string(),
  registrationId: z.string(),
  providerId: inboundProviderSchema,
  deliveryId: z.string(),
  /** `contact.creation`, `issues`: the vendor's own word; empty where it has none. */
  topic: z.string(),
  status: inboundEventStatusSchema,
  receivedAt: z.date(),
  processedAt: z.date().nullable(),
  /** Why processing failed, for people. */
  error: z.string().nullable(),
  /** Bytes of the body. */
  bytes: z.int().nonnegative(),
  /** We sent it ourselves, to try the address out: it is kept and shown, and changes nothing. */
  test: z.boolean().default(false),
  /** The body as text; null where it lies in `webhook_event_parts`: too large, or no text. */
  body: z.string().nullable(),
  replays: z.int().nonnegative(),
  expiresAt: z.date(),
});

/** Bodies that do not fit into one document. The id is the event's with the part's number. */
export const inboundPartModel = defineModel('webhook_event_parts', {
  organizationId: z.string(),
  eventId: z.string(),
  index: z.int().nonnegative(),
  bytes: z.instanceof(Uint8Array),
  expiresAt: z.date(),
});

/** Refusals and handshakes, without bodies. */
export const inboundAuditModel = defineModel('webhook_audit', {
  organizationId: z.string(),
  registrationId: z.string(),
  providerId: inboundProviderSchema,
  outcome: z.enum(['refused', 'handshake', 'unparseable']),
  reason: z.string(),
  ip: z.string(),
  bytes: z.int().nonnegative(),
  requestId: z.string(),
  at: z.date(),
  expiresAt: z.date(),
});

// API ------------------------------------------------------------------------------------------------------------------

const secretText = z.string().trim().min(8, 'A secret has at least 8 characters.').max(500);

export const registerWebhookBody = z.strictObject({
  providerId: inboundProviderSchema,
  description: z.string().trim().max(200).default(''),
  integrationId: z.string().min(1).max(100).nullable().default(null),
  connectionId: z.string().min(1).max(100).nullable().default(null),
  events: z.array(z.string().trim().min(1).max(200)).max(100).default([]),
  /** From the vendor's page; made here where we are the one to choose it. */
  secret: secretText.optional(),
  settings: inboundSettingsSchema.prefault({}),
  /** Has the vendor's API send to the address: GitHub's takes a repository of the connection, as owner/name. */
  resource: z.string().trim().toLowerCase().min(1).max(200).optional(),
});
export type RegisterWebhookBody = z.output<typeof registerWebhookBody>;

export const changeInboundBody = z
  .strictObject({
    /** True also sets up anew what was lost at the vendor. */
    enabled: z.boolean().optional(),
    description: registerWebhookBody.shape.description.unwrap().optional(),
    events: registerWebhookBody.shape.events.unwrap().optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), 'Say what to change.');
export type ChangeInboundBody = z.output<typeof changeInboundBody>;

export const rotateInboundBody = z.strictObject({
  /** The vendor's new secret; made here where we are the one to choose it. */
  secret: secretText.optional(),
  /** How long the old one verifies beside the new one; 0 ends it at once. */
  keepOldHours: z.int().min(0).max(24).default(24),
});
export type RotateInboundBody = z.output<typeof rotateInboundBody>;

export const targetParams = z.object({ target: z.string().min(1).max(200) });
export const inboundEventParams = targetParams.extend({ eventId: z.string().min(1).max(100) });
export const inboundEventQuery = pageQuery.extend({ status: inboundEventStatusSchema.optional() });
export type InboundEventQuery = z.output<typeof inboundEventQuery>;

const hidden = {
  verifyTokenHash: true,
  checkDueAt: true,
  updatedAt: true,
  organizationId: true,
  direction: true,
} as const;
export const inboundRegistrationView = inboundRegistrationModel.schema.omit(hidden);
export type InboundRegistrationView = z.output<typeof inboundRegistrationView>;

/** `secret`, `verifyToken` and an address that carries a secret are shown once. */
export const createdInboundView = inboundRegistrationView.extend({
  secret: z.string().nullable(),
  verifyToken: z.string().nullable(),
});
export type CreatedInboundView = z.output<typeof createdInboundView>;

export const inboundHealthView = z.object({
  status: endpointStatusSchema,
  disabledReason: inboundDisabledReasonSchema.nullable(),
  failingReason: failingReasonSchema.nullable(),
  verified: z.boolean(),
  failureCount: z.int(),
  failingSince: z.date().nullable(),
  lastReceivedAt: z.date().nullable(),
  /** Of the last 24 hours. */
  received: z.int(),
  failed: z.int(),
  refused: z.int(),
  /** What a vendor's handshake left for a person to paste back there; only until the first signed delivery. */
  handshakeToken: z.string().nullable(),
});
export type InboundHealthView = z.output<typeof inboundHealthView>;

/** How a test event fared on its way through the address. */
export const inboundTrialView = z.object({
  delivered: z.boolean(),
  /** Null when nothing answered at the address. */
  status: z.int().nullable(),
  /** Why it was not taken, for people. */
  reason: z.string().nullable(),
});
export type InboundTrialView = z.output<typeof inboundTrialView>;

export const inboundEventView = inboundEventModel.schema
  .omit({ organizationId: true, updatedAt: true, createdAt: true, expiresAt: true, body: true })
  .extend({
    /** The beginning of the body. */
    preview: z.string(),
  });
export type InboundEventView = z.output<typeof inboundEventView>;
