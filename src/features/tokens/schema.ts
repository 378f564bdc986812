import { z } from 'zod';
import { pageOf, pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { tierSchema } from '@/features/organizations/schema';
import { FIGURES } from './balance';
import { TASK_TYPES } from './prices';

/**
 * The words of token balances and their ledger: stored documents, API requests and answers. Isomorphic: browser, API, worker
 * and tests read the same file.
 */

export const taskTypeSchema = z.enum(TASK_TYPES);

/** Whose tokens an operation spends: a person acting in an organisation. */
export interface TokenOwner {
  userId: string;
  organizationId: string;
}

/** Id of an organisation's pooled balance. A person's own balance has the person's id. */
export function pooledOwnerId(organizationId: string): string {
  return `org_${organizationId}`;
}

const count = z.int().nonnegative();

// Stored documents -----------------------------------------------------------------------------------------------------

/** `token_balances/{ownerId}`; the owner is a person, or `org_{orgId}` where the organisation pools its tokens. */
export const tokenBalanceModel = defineModel('token_balances', {
  /** The person whose balance it is; null on a pooled one. */
  userId: z.string().nullable(),
  organizationId: z.string(),
  tier: tierSchema,
  seats: z.int().positive(),
  /** A smaller plan that waits for the next period. */
  pending: z.object({ tier: tierSchema, seats: z.int().positive() }).nullable().default(null),
  includedTokens: count,
  purchasedTokens: count,
  totalUsedTokens: count,
  purchasedUsedThisPeriod: count,
  heldTokens: count,
  debtTokens: count,
  lastRefreshDate: z.date(),
  nextRefreshDate: z.date(),
  /** Anchor of the monthly periods: always counted from here, never from the last period. */
  billingCycleStartDate: z.date(),
  subscriptionStartDate: z.date(),
  /** Rises by one with each ledger entry; equals the newest entry's `sequence`. */
  version: count,
  /** End of the period whose 80 % and 100 % warnings went out; null before the first. */
  warnedFor: z.date().nullable(),
  depletedFor: z.date().nullable(),
});

export const TRANSACTION_TYPES = [
  'purchase',
  'grant',
  'hold',
  'usage',
  'release',
  'refresh',
  'refund',
  'expiry',
  'adjustment',
  'debt',
] as const;
export const transactionTypeSchema = z.enum(TRANSACTION_TYPES);
export type TransactionType = z.infer<typeof transactionTypeSchema>;

/** Facts about an entry. `inputTokens` and `outputTokens` are the model's own, not IriSync's. */
export const transactionMetadataSchema = z.strictObject({
  requestId: z.string().max(200).optional(),
  provider: z.string().max(60).optional(),
  model: z.string().max(120).optional(),
  inputTokens: count.optional(),
  outputTokens: count.optional(),
  /** Why, in a word: `hold_expired`, `period_start`, `upgrade`. */
  reason: z.string().max(200).optional(),
  periodStart: z.date().optional(),
  periodEnd: z.date().optional(),
  purchaseId: z.string().max(200).optional(),
});
export type TransactionMetadata = z.infer<typeof transactionMetadataSchema>;

const deltaSchema = z.strictObject(
  Object.fromEntries(FIGURES.map((name) => [name, z.int()])) as Record<(typeof FIGURES)[number], z.ZodInt>,
);

/** `token_transactions/{idempotencyKey}`: immutable ledger entries. */
export const tokenTransactionModel = defineModel('token_transactions', {
  ownerId: z.string(),
  /** Who acted; null where nobody did (grants to a pooled balance). */
  userId: z.string().nullable(),
  organizationId: z.string(),
  type: transactionTypeSchema,
  /** Never negative; the type tells the direction, see {@link signedAmount}. */
  amount: count,
  taskType: taskTypeSchema.nullable(),
  timestamp: z.date(),
  /** What could be reserved right after this entry. */
  balanceAfter: count,
  /** 1 for the owner's first entry, without gaps: a missing entry shows. */
  sequence: z.int().positive(),
  /** Change of each figure; the balance is the sum of these over all entries. */
  delta: deltaSchema,
  /** Of the operation's payload: the same key with another one is a conflict. */
  fingerprint: z.string(),
  metadata: transactionMetadataSchema,
});

/** `token_holds/{requestId}`: open reservations only; a resolved one is deleted, the ledger remembers it. */
export const tokenHoldModel = defineModel('token_holds', {
  ownerId: z.string(),
  userId: z.string(),
  organizationId: z.string(),
  amount: z.int().positive(),
  taskType: taskTypeSchema,
  /** From here on the sweeper gives it back; a settlement that comes later still posts. */
  expiresAt: z.date(),
});

/** `token_lease_uses/{requestId}`: charges against a leased block until they are booked; the ledger remembers them after that. */
export const tokenLeaseUseModel = defineModel('token_lease_uses', {
  ownerId: z.string(),
  leaseId: z.string(),
  userId: z.string(),
  organizationId: z.string(),
  taskType: taskTypeSchema,
  actual: z.int().positive(),
  metadata: transactionMetadataSchema,
});

const usageDaySchema = z.object({
  total: count,
  byTask: z.partialRecord(taskTypeSchema, count).default({}),
  byProvider: z.record(z.string(), count).default({}),
});

/**
 * `token_usage_months/{ownerId}_{yyyy-mm}`: settled use of each UTC day of a month; what charts and the burn rate read. A month
 * in one document, so that a quarter costs four reads.
 */
export const tokenUsageMonthModel = defineModel('token_usage_months', {
  ownerId: z.string(),
  organizationId: z.string(),
  /** `2026-03` */
  month: z.string(),
  /** By day of the month, `01` to `31`; days without use are absent. */
  days: z.record(z.string(), usageDaySchema),
  /** Member → day of the month → tokens. */
  byMember: z.record(z.string(), z.record(z.string(), count)).default({}),
  expiresAt: z.date(),
});

/** How an entry moved what the owner has: negative for use, refunds and expiries; 0 for holds and releases. */
export function signedAmount(type: TransactionType, amount: number): number {
  switch (type) {
    case 'grant':
    case 'purchase':
    case 'refresh':
    case 'adjustment':
      return amount;
    case 'usage':
    case 'refund':
    case 'expiry':
    case 'debt':
      return -amount;
    default:
      return 0;
  }
}

// API ------------------------------------------------------------------------------------------------------------------

export const balanceResponseSchema = z.object({
  /** Document of the balance, for a client that listens to it. */
  ownerId: z.string(),
  pooled: z.boolean(),
  available: count,
  included: count,
  includedLeft: count,
  purchased: count,
  held: count,
  debt: count,
  used: count,
  lastRefreshDate: z.date(),
  nextRefreshDate: z.date(),
  tier: tierSchema,
});
export type BalanceResponse = z.output<typeof balanceResponseSchema>;

/** A whole day (`2026-03-29`, taken in UTC) or an instant. */
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

export const historyQuerySchema = z.strictObject({
  ...pageQuery.shape,
  type: transactionTypeSchema.optional(),
  task: taskTypeSchema.optional(),
  member: z.string().min(1).max(128).optional(),
  /** Inclusive. */
  from: moment.transform((value) => new Date(value)).optional(),
  /** Exclusive for an instant; a whole day is included. */
  to: moment
    .transform((value) => new Date(new Date(value).getTime() + (value.length === 10 ? 24 * 3600_000 : 0)))
    .optional(),
  format: z.enum(['json', 'csv']).default('json'),
});
export type HistoryQuery = z.output<typeof historyQuerySchema>;

export const historyItemSchema = z.object({
  id: z.string(),
  type: transactionTypeSchema,
  amount: count,
  /** Signed change of what the owner has; 0 for holds and releases. */
  change: z.int(),
  taskType: taskTypeSchema.nullable(),
  userId: z.string().nullable(),
  timestamp: z.date(),
  balanceAfter: count,
  metadata: transactionMetadataSchema,
});
export type HistoryItem = z.output<typeof historyItemSchema>;
export const historyPageSchema = pageOf(historyItemSchema);

export const usageQuerySchema = z.strictObject({ days: z.coerce.number().int().min(1).max(90).default(30) });

export const usageResponseSchema = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  total: count,
  /** Tokens a day over the last 14 days, or since the balance was opened where that is shorter. */
  burnPerDay: z.number().nonnegative(),
  /** One row for each day of the range, also the empty ones. */
  days: z.array(
    z.object({
      day: z.iso.date(),
      total: count,
      byTask: z.partialRecord(taskTypeSchema, count),
      byProvider: z.record(z.string(), count),
    }),
  ),
  byTask: z.partialRecord(taskTypeSchema, count),
  byProvider: z.record(z.string(), count),
  /** By member id; only one's own row unless the caller may see everybody's. */
  byMember: z.record(z.string(), count),
});
export type UsageResponse = z.output<typeof usageResponseSchema>;

export const packagesResponseSchema = z.object({
  currency: z.string(),
  packages: z.array(
    z.object({
      id: z.string(),
      tokens: z.int(),
      /** Minor units. */
      price: z.int(),
      /** Minor units for one token. */
      unitPrice: z.number(),
    }),
  ),
  custom: z.object({ min: z.int(), max: z.int() }),
  /** Whether buying is possible on this installation; `sandbox` charges nothing. */
  purchases: z.enum(['enabled', 'sandbox', 'not_configured']),
});
export type PackagesResponse = z.output<typeof packagesResponseSchema>;
