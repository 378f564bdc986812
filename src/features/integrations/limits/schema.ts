import { z } from 'zod';
import { defineModel } from '@/core/db/model';

/** How often an organisation's connections may call other companies: what is allowed, what is used, what waits. */

export const RATE_LEVELS = ['tenant', 'integration', 'operation', 'account'] as const;
export type RateLevel = (typeof RATE_LEVELS)[number];

/** Who goes first when calls wait: people, then what syncs as usual, then what has time. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type CallPriority = (typeof PRIORITIES)[number];

export const ALERT_KINDS = ['limit_80', 'limit_95', 'quota_80', 'quota_95', 'slowed'] as const;
export type LimitAlertKind = (typeof ALERT_KINDS)[number];

/** What an organisation set itself, below the vendor's figures; of one connection, or of all to one vendor together. */
export const rateLimitModel = defineModel('rate_limits', {
  organizationId: z.string(),
  vendor: z.string(),
  /** Null for all connections of the organisation to this vendor. */
  integrationId: z.string().nullable(),
  /** Calls of all kinds per window. */
  limit: z.int().positive().nullable(),
  operations: z.record(z.string(), z.int().positive()),
  /** When people were last told of what. */
  toldAt: z.partialRecord(z.enum(ALERT_KINDS), z.date()),
});

// API ------------------------------------------------------------------------------------------------------------------

export const rateLimitParams = z.object({ integrationId: z.string().min(1).max(100) });

export const rateLimitsBody = z.strictObject({
  levels: z
    .array(
      z.strictObject({
        level: z.enum(RATE_LEVELS),
        operation: z.string().max(40).nullable().default(null),
        /** Null for what the vendor allows. */
        limit: z.int('Write a whole number.').min(1, 'At least one call must be allowed.').nullable(),
      }),
    )
    .min(1, 'Say which level to change.')
    .max(20),
});
export type RateLimitsBody = z.output<typeof rateLimitsBody>;

export const rateLimitsView = z.object({
  levels: z.array(
    z.object({
      level: z.enum(RATE_LEVELS),
      /** The kind of call; null for all of them. */
      operation: z.string().nullable(),
      /** Calls per window as it is enforced now, with the multiplier. */
      limit: z.int(),
      /** As it is set, without the multiplier. */
      setTo: z.int(),
      /** The most it may be set to. */
      max: z.int(),
      windowMs: z.int(),
      used: z.int(),
      /** When nothing of what was used counts any more. */
      resetAt: z.date(),
      editable: z.boolean(),
    }),
  ),
  multiplier: z.number(),
  queued: z.int(),
  /** The shared counters are away: each process keeps to its part of the limits. */
  degraded: z.boolean(),
  /** The vendor asked to be left alone until then. */
  pausedUntil: z.date().nullable(),
  /** The vendor's longer allowance, as its last answers told it. */
  quota: z.object({ limit: z.int(), left: z.int() }).nullable(),
  /** Calls under way, where the vendor limits those. */
  running: z.object({ count: z.int(), limit: z.int() }).nullable(),
});
export type RateLimitsView = z.output<typeof rateLimitsView>;
