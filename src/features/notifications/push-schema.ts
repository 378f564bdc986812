import { z } from 'zod';
import { defineModel } from '@/core/db/model';

/** The words of web push: browsers that asked for it, and what goes to them. */

/** Bytes as browsers write them (RFC 4648 §5, no padding). */
const base64url = (pattern: RegExp, message: string) => z.string().regex(pattern, message);

/** What a browser's `PushSubscription` carries (W3C Push API §8): its public key and the secret that messages are sealed with. */
export const pushKeysSchema = z.strictObject({
  p256dh: base64url(/^[A-Za-z0-9_-]{87}=?$/, 'This is no public key of a browser.'),
  auth: base64url(/^[A-Za-z0-9_-]{22}={0,2}$/, 'This is no secret of a browser.'),
});
export type PushKeys = z.output<typeof pushKeysSchema>;

/** One browser of one person. */
export const pushSubscriptionModel = defineModel('push_subscriptions', {
  userId: z.string(),
  /** Address at the browser maker's push service. */
  endpoint: z.string(),
  /** {@link pushKeysSchema}, encrypted. */
  keys: z.string(),
  /** Our public key it was made for: a push service refuses messages signed by any other. */
  serverKey: z.string(),
  /** `Firefox, Windows` */
  label: z.string(),
  lastSuccessAt: z.date().nullable(),
  /** Messages in a row that were given up. */
  failures: z.int(),
});

/**
 * `waiting` it is to be sent · `sent` the push service took it · `gone` that browser no longer wants any ·
 * `dropped` it came too late to be news · `failed` given up
 */
export const PUSH_STATUSES = ['waiting', 'sent', 'gone', 'dropped', 'failed'] as const;
export type PushStatus = (typeof PUSH_STATUSES)[number];

/** One notification for one browser. Its words are made when it is sent; here is only how far it is. */
export const pushDeliveryModel = defineModel('push_deliveries', {
  userId: z.string(),
  notificationId: z.string(),
  subscriptionId: z.string(),
  status: z.enum(PUSH_STATUSES),
  queuedAt: z.date(),
  /** Until then one process has it in hand. */
  leaseUntil: z.date().nullable(),
  sentAt: z.date().nullable(),
  /** For the operator: what went wrong. */
  outcome: z.string().nullable(),
  expiresAt: z.date(),
});

export const sendPushJob = z.object({ deliveryId: z.string() });

/** What a browser's service worker gets, and all it gets. */
export const pushMessageSchema = z.object({
  title: z.string(),
  body: z.string(),
  /** A path inside IriSync. */
  href: z.string(),
  /** A later message with the same tag takes the place of the earlier one. */
  tag: z.string(),
});
export type PushMessage = z.output<typeof pushMessageSchema>;

// API ------------------------------------------------------------------------------------------------------------------

/** As `PushSubscription.toJSON()` gives it. */
export const subscribePushBody = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).max(1000),
  keys: pushKeysSchema,
  expirationTime: z.number().nullable().optional(),
});
export type SubscribePushBody = z.output<typeof subscribePushBody>;

export const unsubscribePushQuery = z.object({ id: z.string().min(1).max(100) });

export const pushSubscriptionView = z.object({
  id: z.string(),
  label: z.string(),
  /** SHA-256 of the endpoint, hex: by this a browser knows itself, and nobody else can send to it. */
  endpointHash: z.string(),
  createdAt: z.date().transform((date) => date.toISOString()),
  lastSuccessAt: z
    .date()
    .nullable()
    .transform((date) => date?.toISOString() ?? null),
});
export type PushSubscriptionView = z.input<typeof pushSubscriptionView>;

export const pushView = z.object({
  /** What a browser subscribes with (`applicationServerKey`). */
  publicKey: z.string(),
  subscriptions: z.array(pushSubscriptionView),
});
export type PushView = z.input<typeof pushView>;
/** As it arrives in the browser. */
export type PushAnswer = z.output<typeof pushView>;
