import { z } from 'zod';
import { pageOf, pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { tierSchema } from '@/features/organizations/schema';
import { CUSTOM_AMOUNT, TOKEN_PACKAGES } from '@/features/tokens/tiers.data';
import { CURRENCY_CODES } from './currencies.data';

/**
 * The words of buying tokens, subscribing and being billed: stored documents, API requests and answers. Isomorphic: browser, API,
 * worker and tests read the same file. Amounts of money are whole numbers in the currency's minor unit.
 */

const count = z.int().nonnegative();
const documentId = z.string().regex(/^[\w-]{1,200}$/, 'This is not an id of ours.');

export const currencySchema = z.enum(CURRENCY_CODES);

/** Who takes the money. `sandbox` is the labelled stand-in for installations without Stripe; nothing is charged there. */
export const gatewayIdSchema = z.enum(['stripe', 'sandbox']);
export type GatewayId = z.infer<typeof gatewayIdSchema>;

// Purchases of tokens ---------------------------------------------------------------------------------------------------

/**
 * `open` waits for the payer · `processing` was submitted with a method that takes days · `paid` is credited · `failed` and
 * `expired` ended without payment · `partially_refunded`, `refunded` and `disputed` were paid and went back in part, whole, or
 * because the payer's bank said so.
 */
export const purchaseStatusSchema = z.enum([
  'open',
  'processing',
  'paid',
  'failed',
  'expired',
  'partially_refunded',
  'refunded',
  'disputed',
]);
export type PurchaseStatus = z.infer<typeof purchaseStatusSchema>;

/** `token_purchases/{id}`: kept for ever. What the payment provider says is copied here, never decided here. */
export const tokenPurchaseModel = defineModel('token_purchases', {
  userId: z.string(),
  organizationId: z.string(),
  gateway: gatewayIdSchema,
  /** Tokens of the whole purchase. */
  tokenAmount: z.int().positive(),
  packageId: z.string().nullable(),
  quantity: z.int().positive(),
  /** Minor units for the whole purchase. */
  price: z.int().positive(),
  currency: currencySchema,
  purchaseDate: z.date(),
  status: purchaseStatusSchema,
  /** True once its tokens are in the ledger; never false again. */
  isProcessed: z.boolean(),
  paidAt: z.date().nullable(),
  /** `card`, `sepa_debit`, `sandbox`; null before payment. */
  paymentMethod: z.string().nullable(),
  sessionId: z.string().nullable(),
  paymentIntentId: z.string().nullable(),
  receiptUrl: z.string().nullable(),
  refund: z.object({
    /** Minor units given back or withdrawn by a dispute, in all. */
    amount: count,
    /** Tokens taken back for it, in all; at most `tokenAmount`. */
    tokens: count,
    /** Corrections booked so far; names the next ledger entry. */
    corrections: count,
  }),
  /** Rises with every change; a writer who read an older one looks again. */
  revision: count,
});

export const purchaseRequestSchema = z
  .strictObject({
    packageId: z.enum(TOKEN_PACKAGES.map((one) => one.id) as [string, ...string[]]).optional(),
    /** Tokens, in place of a package. */
    amount: z.int().min(CUSTOM_AMOUNT.min).max(CUSTOM_AMOUNT.max).optional(),
    currency: currencySchema.default('usd'),
    /** How many of the package. */
    quantity: z.int().min(1).max(100).default(1),
  })
  .superRefine((value, context) => {
    if ((value.packageId === undefined) === (value.amount === undefined))
      context.addIssue({ code: 'custom', path: ['packageId'], message: 'Send either packageId or amount.' });
    if (value.amount !== undefined && value.quantity !== 1)
      context.addIssue({
        code: 'custom',
        path: ['quantity'],
        message: 'An amount of your own is bought once.',
      });
  });
export type PurchaseRequest = z.output<typeof purchaseRequestSchema>;

export const purchaseAnswerSchema = z.object({
  purchaseId: z.string(),
  /** Where the payer goes now: the provider's own page. */
  url: z.string(),
  gateway: gatewayIdSchema,
  expiresAt: z.date(),
});
export type PurchaseAnswer = z.output<typeof purchaseAnswerSchema>;

export const purchaseViewSchema = z.object({
  id: z.string(),
  userId: z.string(),
  gateway: gatewayIdSchema,
  tokens: z.int().positive(),
  packageId: z.string().nullable(),
  quantity: z.int(),
  price: z.int(),
  currency: currencySchema,
  status: purchaseStatusSchema,
  /** Whether its tokens have been credited. */
  credited: z.boolean(),
  purchaseDate: z.date(),
  paidAt: z.date().nullable(),
  paymentMethod: z.string().nullable(),
  receiptUrl: z.string().nullable(),
  refundedAmount: count,
  refundedTokens: count,
});
export type PurchaseView = z.output<typeof purchaseViewSchema>;
export const purchasesQuerySchema = z.strictObject(pageQuery.shape);
export const purchasePageSchema = pageOf(purchaseViewSchema);
export const purchaseParamsSchema = z.strictObject({ id: documentId });

// Subscription ------------------------------------------------------------------------------------------------------------

export const subscriptionStatusSchema = z.enum(['none', 'active', 'trialing', 'past_due', 'canceled']);
export type SubscriptionStatus = z.infer<typeof subscriptionStatusSchema>;

/** `billing_accounts/{organizationId}`: what Stripe says about an organisation. No client reads it. */
export const billingAccountModel = defineModel('billing_accounts', {
  organizationId: z.string(),
  customerId: z.string().nullable(),
  subscriptionId: z.string().nullable(),
  /** Checkout session of a subscription that may still be completed; ended before another is opened. */
  openSessionId: z.string().nullable(),
  status: subscriptionStatusSchema,
  /** What Stripe bills from the next period on. */
  billedTier: tierSchema,
  billedSeats: z.int().positive(),
  currency: currencySchema.nullable(),
  currentPeriodStart: z.date().nullable(),
  currentPeriodEnd: z.date().nullable(),
  cancelAtPeriodEnd: z.boolean(),
  /** Minor units of the newest invoice that could not be paid; null when none is open. */
  unpaidInvoice: z.object({ id: z.string(), amount: count, hostedUrl: z.string().nullable() }).nullable(),
  /** Invoices that were announced already, newest last: `paid:in_…`, `failed:in_…:attempt`. */
  announced: z.array(z.string()),
  /** Rises with every change; a writer who read an older one asks Stripe again. */
  revision: count,
});

export const subscriptionRequestSchema = z.strictObject({
  /** `free` ends the paid plan at the end of its period. */
  tier: tierSchema,
  /** Counts only for tiers that are sold per seat. */
  seats: z.int().min(1).max(1_000).default(1),
  /** For a first subscription; a running one keeps its currency. */
  currency: currencySchema.optional(),
});
export type SubscriptionRequest = z.output<typeof subscriptionRequestSchema>;

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const subscriptionQuerySchema = z.strictObject({ preview: flag.default(false) });

export const subscriptionViewSchema = z.object({
  tier: tierSchema,
  seats: z.int().positive(),
  status: subscriptionStatusSchema,
  currency: currencySchema,
  /** Minor units for one month at today's plan. */
  monthlyPrice: count,
  /** Tokens a whole period brings at today's plan. */
  tokensPerPeriod: count,
  periodStart: z.date(),
  /** When the next tokens come and a change that waits takes effect. */
  periodEnd: z.date(),
  /** A smaller plan that waits for the next period. */
  pending: z.object({ tier: tierSchema, seats: z.int().positive(), effectiveAt: z.date() }).nullable(),
  /** When the next invoice is due; null where none is. */
  renewsAt: z.date().nullable(),
  /** An invoice whose payment failed. */
  unpaidInvoice: z.object({ id: z.string(), amount: count, hostedUrl: z.string().nullable() }).nullable(),
  /** Whether plans can be changed on this installation. */
  billing: z.enum(['enabled', 'not_configured']),
});
export type SubscriptionView = z.output<typeof subscriptionViewSchema>;

/** What a change is, judged against what this period already gave. */
export const planChangeSchema = z.enum(['none', 'start', 'upgrade', 'downgrade', 'cancel', 'resume']);
export type PlanChange = z.infer<typeof planChangeSchema>;

export const subscriptionPreviewSchema = z.object({
  outcome: z.literal('preview'),
  change: planChangeSchema,
  currency: currencySchema,
  /** Minor units charged now; the rest of the period, prorated. */
  dueNow: count,
  /** Minor units of each later month. */
  monthlyPrice: count,
  nextInvoiceAt: z.date().nullable(),
  /** Tokens credited at once. */
  tokensNow: count,
  tokensPerPeriod: count,
  effectiveAt: z.date(),
  /** What the amount is made of; credits are negative. */
  lines: z.array(z.object({ description: z.string(), amount: z.int() })),
});
export type SubscriptionPreview = z.output<typeof subscriptionPreviewSchema>;

export const subscriptionAnswerSchema = z.discriminatedUnion('outcome', [
  /** The payer finishes on the provider's page. */
  z.object({ outcome: z.literal('checkout'), url: z.string(), expiresAt: z.date() }),
  /** Paid and in force; `tokensNow` were credited. */
  z.object({ outcome: z.literal('changed'), tokensNow: count, subscription: subscriptionViewSchema }),
  /** In force from the next period. */
  z.object({ outcome: z.literal('scheduled'), effectiveAt: z.date(), subscription: subscriptionViewSchema }),
  subscriptionPreviewSchema,
]);
export type SubscriptionAnswer = z.output<typeof subscriptionAnswerSchema>;

export const portalAnswerSchema = z.object({ url: z.string() });

export const invoiceViewSchema = z.object({
  id: z.string(),
  /** As printed; null on a draft. */
  number: z.string().nullable(),
  status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']),
  description: z.string(),
  total: z.int(),
  currency: z.string(),
  createdAt: z.date(),
  periodStart: z.date().nullable(),
  periodEnd: z.date().nullable(),
  /** The provider's page, where an open invoice can be paid and a paid one has its receipt. */
  hostedUrl: z.string().nullable(),
  pdfUrl: z.string().nullable(),
});
export type InvoiceView = z.output<typeof invoiceViewSchema>;
export const invoicesQuerySchema = z.strictObject({
  cursor: z
    .string()
    .regex(/^in_\w{1,250}$/, 'This cursor is not valid. Start again from the first page.')
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
});
export const invoicePageSchema = pageOf(invoiceViewSchema);

// Webhook -----------------------------------------------------------------------------------------------------------------

/** `stripe_events/{endpoint}_{event id}`: an event is worked on once for each endpoint. */
export const stripeEventModel = defineModel('stripe_events', {
  endpoint: z.string(),
  eventId: z.string(),
  type: z.string(),
  /** When Stripe says it happened. */
  occurredAt: z.date(),
  status: z.enum(['received', 'processed', 'ignored', 'failed']),
  deliveries: z.int().positive(),
  error: z.string().nullable(),
  expiresAt: z.date(),
});

export const webhookAnswerSchema = z.object({
  received: z.literal(true),
  /** `ignored`: nothing of ours hangs on it · `duplicate`: worked on before. */
  outcome: z.enum(['processed', 'ignored', 'duplicate']),
});
export type WebhookAnswer = z.output<typeof webhookAnswerSchema>;

// Sandbox checkout --------------------------------------------------------------------------------------------------------

/** `sandbox_checkouts/{id}`: a checkout of the labelled stand-in. No money moves; no client reads it. */
export const sandboxCheckoutModel = defineModel('sandbox_checkouts', {
  organizationId: z.string(),
  userId: z.string(),
  purchaseId: z.string(),
  title: z.string(),
  amount: z.int().positive(),
  currency: currencySchema,
  status: z.enum(['open', 'paid', 'declined', 'abandoned']),
  successUrl: z.string(),
  cancelUrl: z.string(),
  expiresAt: z.date(),
});

export const sandboxCheckoutParamsSchema = z.strictObject({ id: documentId });
export const sandboxOutcomeSchema = z.strictObject({ outcome: z.enum(['pay', 'decline', 'abandon']) });
export type SandboxOutcome = z.output<typeof sandboxOutcomeSchema>['outcome'];
export const sandboxCheckoutViewSchema = z.object({
  id: z.string(),
  title: z.string(),
  amount: z.int(),
  currency: currencySchema,
  status: z.enum(['open', 'paid', 'declined', 'abandoned']),
  expiresAt: z.date(),
});
export type SandboxCheckoutView = z.output<typeof sandboxCheckoutViewSchema>;
/** Where the payer goes next. A declined payment stays on the page. */
export const sandboxAnswerSchema = z.object({
  status: z.enum(['open', 'paid', 'declined', 'abandoned']),
  url: z.string().nullable(),
});

// Budgets -----------------------------------------------------------------------------------------------------------------

const budgetLimit = z.int().min(1).max(100_000_000).nullable();

/** What an organisation allows itself in a UTC month. */
export const budgetSettingsSchema = z.strictObject({
  /** Tokens of all members together; null: no limit. */
  organizationLimit: budgetLimit,
  /** Tokens of each member; null: no limit. */
  memberLimit: budgetLimit,
  /** Members with a limit of their own; null lifts it for them. */
  memberLimits: z.record(z.string().min(1).max(128), budgetLimit).default({}),
  /** Percentages of a limit that are announced, each once a month. */
  alertAt: z
    .array(z.int().min(1).max(100))
    .max(5)
    .default([80, 100])
    .transform((values) => [...new Set(values)].sort((a, b) => a - b)),
  /** At 100 %: refuse further work, or only announce it. */
  stopAtLimit: z.boolean().default(false),
});
export type BudgetSettings = z.output<typeof budgetSettingsSchema>;

/** `token_budgets/{organizationId}` */
export const tokenBudgetModel = defineModel('token_budgets', {
  organizationId: z.string(),
  ...budgetSettingsSchema.shape,
  /** `2026-03` that `announced` speaks of. */
  month: z.string(),
  /** Highest percentage announced this month, by scope: `organization` or a member's id. */
  announced: z.record(z.string(), z.int()),
});

export const budgetsResponseSchema = z.object({
  settings: budgetSettingsSchema,
  month: z.string(),
  organizationUsed: count,
  /** This month's use of each member who used any. */
  memberUsed: z.record(z.string(), count),
});
export type BudgetsResponse = z.output<typeof budgetsResponseSchema>;
