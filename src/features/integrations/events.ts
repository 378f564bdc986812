import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';
import { integrationTypeSchema } from './connections/schema';
import { ALERT_KINDS, RATE_LEVELS } from './limits/schema';

/** An endpoint gets nothing any more until a person switches it on again. Durable. */
export const webhookDisabled = defineEvent(
  'webhook_disabled',
  z.object({
    organizationId: z.string(),
    endpointId: z.string(),
    host: z.string(),
    reason: z.enum(['gone', 'exhausted']),
  }),
);

const webhookFacts = { organizationId: z.string(), endpointId: z.string(), host: z.string() };

/** An endpoint did not take five messages in a row; each is tried again. Durable, once until it recovers. */
export const webhookFailing = defineEvent('webhook_failing', z.object(webhookFacts));

/** An endpoint that was announced as failing takes messages again. Durable. */
export const webhookRecovered = defineEvent('webhook_recovered', z.object(webhookFacts));

/** A vendor's delivery was verified, kept and taken over. What it says is a hint: the record itself is asked for anew. Durable. */
export const webhookReceived = defineEvent(
  'webhook_received',
  z.object({
    organizationId: z.string(),
    registrationId: z.string(),
    eventId: z.string(),
    providerId: z.string(),
    integrationId: z.string().nullable(),
    connectionId: z.string().nullable(),
    topic: z.string(),
  }),
);

/** An account of another company was connected, or connected again. Durable. */
export const integrationConnected = defineEvent(
  'integration_connected',
  z.object({
    organizationId: z.string(),
    integrationId: z.string(),
    type: integrationTypeSchema,
    accountId: z.string(),
    userId: z.string(),
    reconnected: z.boolean(),
  }),
);

/** The vendor refuses the connection for good: nothing is synced until a person reconnects. Durable. */
export const integrationNeedsReauth = defineEvent(
  'integration_needs_reauth',
  z.object({
    organizationId: z.string(),
    integrationId: z.string(),
    type: integrationTypeSchema,
    name: z.string(),
    reason: z.string(),
  }),
);

/** Records belong to others that have not come for a day. Durable. */
export const relationsPending = defineEvent(
  'relations_pending',
  z.object({
    organizationId: z.string(),
    integrationId: z.string(),
    name: z.string(),
    /** All that are missing for so long. */
    missing: z.int().positive(),
  }),
);

/** A run of a sync ended, well or not. Durable. */
export const crmSyncCompleted = defineEvent(
  'crm_sync_completed',
  z.object({
    organizationId: z.string(),
    integrationId: z.string(),
    platform: z.string(),
    taskId: z.string(),
    status: z.enum(['success', 'partial', 'failed']),
    created: z.int(),
    updated: z.int(),
    deleted: z.int(),
    failed: z.int(),
    heldDeletes: z.int(),
    /** New ones that wait for a person. */
    conflicts: z.int().optional(),
  }),
);

/** A connection uses nearly all it may call its vendor, or has been slowed down for long. Durable. */
export const integrationLimitAlert = defineEvent(
  'integration_limit_alert',
  z.object({
    organizationId: z.string(),
    integrationId: z.string(),
    type: integrationTypeSchema,
    name: z.string(),
    kind: z.enum(ALERT_KINDS),
    /** The level whose limit it is; null for the vendor's own allowance. */
    level: z.enum(RATE_LEVELS).nullable(),
  }),
);

/** A secret that a person gave is due to be replaced, or is too old to be used. Durable. */
export const integrationCredentialDue = defineEvent(
  'integration_credential_due',
  z.object({
    organizationId: z.string(),
    integrationId: z.string(),
    name: z.string(),
    replaceBy: z.coerce.date(),
  }),
);
