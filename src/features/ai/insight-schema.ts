import { z } from 'zod';
import { pageOf } from '@/core/db/cursor';
import { quotaAmounts, quotaLimits } from './model';
import { providerId, taskType } from './schema';

const quotaView = z.object({
  limit: quotaLimits,
  used: quotaAmounts,
  held: quotaAmounts,
  /** Null where there is no limit. */
  remaining: quotaLimits.extend({
    tokens: z.int().min(0).nullable(),
    requests: z.int().min(0).nullable(),
    costMicros: z.int().min(0).nullable(),
  }),
});
export type QuotaView = z.output<typeof quotaView>;

export const quotaResponse = z.object({
  period: z.string(),
  endsAt: z.iso.datetime(),
  organization: quotaView,
  own: quotaView,
  /** Models the tier and the organisation's settings allow, as `provider/model`. */
  models: z.array(z.string()),
});
export type QuotaResponse = z.output<typeof quotaResponse>;

export const USAGE_GROUPS = ['day', 'provider', 'model', 'task', 'member'] as const;
const MAX_DAYS = 92;

export const usageQuery = z
  .object({
    from: z.iso.date(),
    to: z.iso.date(),
    groupBy: z.enum(USAGE_GROUPS).default('day'),
    cursor: z.string().max(500).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(100),
  })
  .superRefine(({ from, to }, context) => {
    const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
    if (days < 0)
      context.addIssue({ code: 'custom', path: ['to'], message: 'This day lies before the first one.' });
    if (days > MAX_DAYS)
      context.addIssue({
        code: 'custom',
        path: ['from'],
        message: `Ask for at most ${MAX_DAYS} days at once.`,
      });
  });
export type UsageQuery = z.output<typeof usageQuery>;

const usageFigures = z.object({
  requests: z.int(),
  failures: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  /** Only for those who may manage AI. */
  costMicros: z.int().optional(),
});
export const usageResponse = z.object({
  rows: z.array(usageFigures.extend({ key: z.string() })),
  totals: usageFigures,
  cursor: z.string().nullable(),
});
export type UsageResponse = z.output<typeof usageResponse>;

/** One call to a provider, successful or not, newest first in its list. Milliseconds; model tokens. */
const usageCall = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** The execution it belongs to; a fallback makes several calls. */
  requestId: z.string(),
  attempt: z.int(),
  userId: z.string(),
  taskType,
  provider: providerId,
  model: z.string(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  images: z.int(),
  latencyMs: z.int(),
  ttftMs: z.int().nullable(),
  success: z.boolean(),
  errorClass: z.string().nullable(),
  cached: z.boolean(),
  /** The vendor reported no usage; the numbers are ours. */
  estimated: z.boolean(),
  /** Only for those who may manage AI. */
  costMicros: z.int().optional(),
});
export type UsageCall = z.output<typeof usageCall>;
export const usageCallPage = pageOf(usageCall);
