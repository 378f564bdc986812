import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';
import { tierSchema } from '@/features/organizations/schema';

/** All of these are durable: written with the change they announce. Handlers are idempotent by event id. */

const purchase = {
  purchaseId: z.string(),
  organizationId: z.string(),
  /** Who bought. */
  userId: z.string(),
  tokens: z.int(),
  /** Minor units. */
  price: z.int(),
  currency: z.string(),
};

/** Paid and credited. */
export const tokensPurchased = defineEvent(
  'tokens_purchased',
  z.object({ ...purchase, sandbox: z.boolean(), receiptUrl: z.string().nullable() }),
);

/** The payment was refused, or a slow one did not arrive. Nothing was credited. */
export const tokenPurchaseFailed = defineEvent('token_purchase_failed', z.object(purchase));

/** Bought tokens went back: `reason` says whether you refunded or the payer's bank took the money. */
export const tokensRefunded = defineEvent(
  'tokens_refunded',
  z.object({
    ...purchase,
    reason: z.enum(['refund', 'dispute']),
    /** Taken back now; negative when a dispute was won and tokens came back. */
    tokensTaken: z.int(),
    /** What had been spent already and is owed now. */
    debt: z.int(),
  }),
);

/** The plan in force changed. */
export const subscriptionChanged = defineEvent(
  'subscription_changed',
  z.object({
    organizationId: z.string(),
    change: z.enum(['started', 'upgraded', 'downgraded', 'ended']),
    tier: tierSchema,
    seats: z.int(),
    previousTier: tierSchema,
    previousSeats: z.int(),
    /** Credited at once. */
    tokensGranted: z.int(),
  }),
);

/** A smaller plan, or the end of the plan, waits for the next period; or that was taken back (`tier` is null). */
export const subscriptionScheduled = defineEvent(
  'subscription_scheduled',
  z.object({
    organizationId: z.string(),
    tier: tierSchema.nullable(),
    seats: z.int().nullable(),
    effectiveAt: z.coerce.date(),
  }),
);

/** A subscription invoice could not be paid; Stripe will try again. */
export const invoicePaymentFailed = defineEvent(
  'invoice_payment_failed',
  z.object({
    organizationId: z.string(),
    invoiceId: z.string(),
    amount: z.int(),
    currency: z.string(),
    hostedUrl: z.string().nullable(),
    nextAttemptAt: z.coerce.date().nullable(),
  }),
);

/** A subscription invoice was paid. */
export const invoicePaid = defineEvent(
  'invoice_paid',
  z.object({
    organizationId: z.string(),
    invoiceId: z.string(),
    number: z.string().nullable(),
    amount: z.int(),
    currency: z.string(),
    hostedUrl: z.string().nullable(),
    pdfUrl: z.string().nullable(),
  }),
);

/** A budget's alert percentage was crossed; once a month for each percentage and scope. */
export const tokenBudgetAlert = defineEvent(
  'token_budget_alert',
  z.object({
    organizationId: z.string(),
    /** The member whose budget it is; null for the organisation's. */
    memberId: z.string().nullable(),
    percent: z.int(),
    used: z.int(),
    limit: z.int(),
    month: z.string(),
    /** Whether further work is refused from here on. */
    stopped: z.boolean(),
  }),
);
