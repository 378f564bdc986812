import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';

/** An AI quota crossed 50, 80 or 100 percent. Once per quota, threshold and month. */
export const aiBudgetThreshold = defineEvent(
  'ai_budget_threshold',
  z.object({
    organizationId: z.string(),
    /** Null when it is the organisation's quota. */
    userId: z.string().nullable(),
    period: z.string(),
    percent: z.union([z.literal(50), z.literal(80), z.literal(100)]),
  }),
);

/** An answer was delivered: what it was and what it cost in IriSync tokens. */
export const aiAnswered = defineEvent(
  'ai_answered',
  z.object({
    organizationId: z.string(),
    userId: z.string(),
    requestId: z.string(),
    taskType: z.string(),
    provider: z.string(),
    model: z.string(),
    tokens: z.number(),
    sandbox: z.boolean(),
  }),
);

/** A provider refuses our key or our quota: somebody has to act. */
export const aiProviderRefused = defineEvent(
  'ai_provider_refused',
  z.object({ provider: z.string(), kind: z.string(), vendorCode: z.string().optional() }),
);

/** A usage row that could not be written; its durable handler writes it later. The payload is the row, dates as text. */
export const aiUsageUnrecorded = defineEvent(
  'ai_usage_unrecorded',
  z.object({ row: z.record(z.string(), z.unknown()) }),
);
