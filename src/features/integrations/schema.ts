import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { WEBHOOK_CHOICES } from './webhook-events.data';

/** Webhooks that IriSync sends: endpoints, their secrets, and the log of what was sent. */

export const endpointStatusSchema = z.enum(['active', 'failing', 'disabled']);
/** `gone`: the receiver answered 410. `exhausted`: a message could not be delivered in a day and a half. */
export const disabledReasonSchema = z.enum(['person', 'gone', 'exhausted']);
export type DisabledReason = z.output<typeof disabledReasonSchema>;

/** Ids of registrations that receive begin so: they share the collection with those that send and have another shape. */
export const INBOUND_PREFIX = 'in';

export function isInbound(registrationId: string): boolean {
  return registrationId.startsWith(`${INBOUND_PREFIX}_`);
}

export const webhookRegistrationModel = defineModel('webhook_registrations', {
  organizationId: z.string(),
  direction: z.enum(['in', 'out']),
  webhookUrl: z.string(),
  description: z.string(),
  /** Exact names, or groups such as `post.*`. */
  events: z.array(z.string()),
  status: endpointStatusSchema,
  disabledReason: disabledReasonSchema.nullable(),
  /** Deliveries in a row whose last try failed. */
  failureCount: z.int().nonnegative(),
  lastDeliveredAt: z.date().nullable(),
  /** Live secrets, newest first, without the secrets. */
  secrets: z.array(z.object({ id: z.string(), hint: z.string(), expiresAt: z.date().nullable() })),
  createdBy: z.string(),
});

/** Encrypted secrets of an endpoint, under the endpoint's own id. */
export const webhookSecretModel = defineModel('credentials', {
  organizationId: z.string(),
  kind: z.literal('webhook_secret'),
  payload: z.string(),
});

/** Newest first; at most two are live. */
export const webhookSecretsSchema = z.array(
  z.object({ id: z.string(), secret: z.string(), expiresAt: z.coerce.date().nullable() }),
);
export type WebhookSecrets = z.output<typeof webhookSecretsSchema>;

const attemptSchema = z.object({
  at: z.date(),
  milliseconds: z.int(),
  /** Null when there was no answer. */
  responseStatus: z.int().nullable(),
  /** The beginning of the answer. */
  responseBody: z.string(),
  /** For people; null for a success. */
  error: z.string().nullable(),
});
export type WebhookAttempt = z.output<typeof attemptSchema>;

export const deliveryStatusSchema = z.enum(['pending', 'delivered', 'failed']);

/** One message to one endpoint. The id is made of both, so an event reaches an endpoint as one message however often it is announced. */
export const webhookDeliveryModel = defineModel('webhook_deliveries', {
  organizationId: z.string(),
  endpointId: z.string(),
  /** `webhook-id`: the same on every try. */
  messageId: z.string(),
  event: z.string(),
  /** The body, byte for byte as it is signed and sent. */
  body: z.string(),
  status: deliveryStatusSchema,
  /** Tries since it was made or last replayed. */
  tries: z.int().nonnegative(),
  /** Tries ever; names the job of the next one. */
  sequence: z.int().nonnegative(),
  /** A ping is tried once and never disables its endpoint. */
  once: z.boolean(),
  nextAttemptAt: z.date().nullable(),
  attempts: z.array(attemptSchema),
  expiresAt: z.date(),
});

// API ------------------------------------------------------------------------------------------------------------------

const choice = z
  .string()
  .refine((name) => WEBHOOK_CHOICES.includes(name), 'There is no such event. See the list of events.');
const endpointFields = {
  url: z.string().trim().min(1, 'Enter the address that receives the events.').max(2000),
  description: z.string().trim().max(200),
  events: z
    .array(choice)
    .min(1, 'Choose at least one event.')
    .max(WEBHOOK_CHOICES.length)
    .transform((names) => [...new Set(names)]),
};

export const createEndpointBody = z.strictObject({
  ...endpointFields,
  description: endpointFields.description.default(''),
});
export type CreateEndpointBody = z.output<typeof createEndpointBody>;

export const changeEndpointBody = z
  .strictObject({
    url: endpointFields.url.optional(),
    description: endpointFields.description.optional(),
    events: endpointFields.events.optional(),
    enabled: z.boolean().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Say what to change.');
export type ChangeEndpointBody = z.output<typeof changeEndpointBody>;

export const rotateSecretBody = z.strictObject({
  /** How long the old secret still signs beside the new one; 0 ends it at once. */
  keepOldHours: z.int().min(0).max(168).default(24),
});

export const endpointParams = z.object({ id: z.string().min(1) });
export const deliveryParams = z.object({ id: z.string().min(1), deliveryId: z.string().min(1) });
export const deliveryQuery = pageQuery.extend({ status: deliveryStatusSchema.optional() });
export type DeliveryQuery = z.output<typeof deliveryQuery>;

export const endpointView = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()),
  status: endpointStatusSchema,
  disabledReason: disabledReasonSchema.nullable(),
  failureCount: z.int(),
  lastDeliveredAt: z.date().nullable(),
  secrets: z.array(z.object({ id: z.string(), hint: z.string(), expiresAt: z.date().nullable() })),
  createdAt: z.date(),
});
export type EndpointView = z.output<typeof endpointView>;

/** `secret` is shown once; it is kept encrypted. */
export const createdEndpointView = endpointView.extend({ secret: z.string() });
export type CreatedEndpointView = z.output<typeof createdEndpointView>;

export const deliveryView = z.object({
  id: z.string(),
  messageId: z.string(),
  event: z.string(),
  body: z.string(),
  status: deliveryStatusSchema,
  tries: z.int(),
  nextAttemptAt: z.date().nullable(),
  attempts: z.array(attemptSchema),
  createdAt: z.date(),
});
export type DeliveryView = z.output<typeof deliveryView>;
