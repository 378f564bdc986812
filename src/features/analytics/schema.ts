import { z } from 'zod';
import { type DocOf, defineModel } from '@/core/db/model';
import { zoneSchema } from '@/core/time/zones';
import { metricNameSchema, platformIdSchema } from '@/features/platforms/schema';

/**
 * The words of analytics: measured points, what is being measured, and the sums dashboards read. Isomorphic.
 * Days and months are UTC. A metric a network does not report is absent or null, never 0.
 */

/** Metrics that count up over a post's life; a day's sum is how much they grew on it. `followers` is a level, not a count. */
export const COUNTED_METRICS = [
  'impressions',
  'reach',
  'views',
  'likes',
  'comments',
  'shares',
  'saves',
  'clicks',
  'watchTimeSeconds',
] as const satisfies readonly z.infer<typeof metricNameSchema>[];

/** What counts as engagement with a post. */
export const ENGAGEMENT_METRICS = ['likes', 'comments', 'shares', 'saves', 'clicks'] as const;

/** What a roll-up holds: growth of each counted metric, engagements together, and posts that went out. */
export const SUM_NAMES = [...COUNTED_METRICS, 'engagements', 'posts'] as const;
export const sumNameSchema = z.enum(SUM_NAMES);
export type SumName = z.infer<typeof sumNameSchema>;

/** Networks correct their counts downwards at times, so growth may be negative. An absent name was not measured. */
export const sumsSchema = z.partialRecord(sumNameSchema, z.number());
export type Sums = z.infer<typeof sumsSchema>;

/** Latest known value of each metric; null: the network does not report it. */
export const measuredSchema = z.partialRecord(metricNameSchema, z.number().nonnegative().nullable());
export type Measured = z.infer<typeof measuredSchema>;

/** `analytics_subjects/{runId | connectionId}`: a published post or a channel that is measured, and when next. Server only. */
export const subjectModel = defineModel('analytics_subjects', {
  organizationId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  kind: z.enum(['post', 'channel']),
  /** Of a post: where its content stands. */
  postId: z.string().nullable(),
  permalink: z.string().nullable(),
  /** When the post went out, or the channel was connected. */
  since: z.date(),
  /** `2026-03`, of `since`: best content is looked up by month. */
  month: z.string(),
  latest: measuredSchema,
  /** Of `latest`; 0 until something was measured. */
  engagements: z.number(),
  measuredAt: z.date().nullable(),
  /** Null: nothing more will be measured. */
  nextPullAt: z.date().nullable(),
  /** Step of the schedule that is measured next. */
  step: z.int().nonnegative(),
  /** Tries of this step that failed. */
  failures: z.int().nonnegative(),
  /** Why measuring ended before its time. */
  stopped: z.enum(['gone', 'unsupported', 'disconnected']).nullable(),
});
export type Subject = DocOf<typeof subjectModel>;

/** `analytics_data/{subjectId}_{bucket}`: raw points, one for each step of the schedule; the id makes them idempotent. */
export const pointModel = defineModel('analytics_data', {
  organizationId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  kind: z.enum(['post', 'channel']),
  subjectId: z.string(),
  /** `m15`, `h1` … `d90` for posts, the day for channels. */
  bucket: z.string(),
  measuredAt: z.date(),
  metrics: measuredSchema,
  expiresAt: z.date(),
});
export type Point = DocOf<typeof pointModel>;

const dayOfMonth = z.string().regex(/^\d\d$/);
const daySchema = z.object({
  sums: sumsSchema.default({}),
  /** Of one channel: the last level of the day. */
  followers: z.number().nonnegative().optional(),
});

/**
 * `analytics_rollups/{org}_{day}`, `{org}_{channel}_{day}` and the same for months (`2026-03`). A month holds its days, and an
 * organisation's month its channels, so that any dashboard reads a handful of documents however long the history is.
 */
export const rollupModel = defineModel('analytics_rollups', {
  organizationId: z.string(),
  /** Null for the whole organisation. */
  connectionId: z.string().nullable(),
  grain: z.enum(['day', 'month']),
  /** `2026-03-29` or `2026-03`. */
  period: z.string(),
  /** Of a day. */
  sums: sumsSchema.default({}),
  followers: z.number().nonnegative().optional(),
  /** Of a month, by day of the month. */
  days: z.record(dayOfMonth, daySchema).default({}),
  /** Of an organisation's month: connection id → day of the month. */
  channels: z.record(z.string(), z.record(dayOfMonth, daySchema)).default({}),
});
export type Rollup = DocOf<typeof rollupModel>;

export function rollupId(organizationId: string, connectionId: string | null, period: string): string {
  return connectionId ? `${organizationId}_${connectionId}_${period}` : `${organizationId}_${period}`;
}

// Best times -----------------------------------------------------------------------------------------------------------

export const BEST_TIMES = {
  /** Posts older than this say nothing about today. */
  days: 90,
  /** Fewer measured posts than this are no ground for advice. */
  postsNeeded: 20,
} as const;

export const bestTimesQuerySchema = z.strictObject({
  connectionId: z.string().min(1).max(200),
  /** Hours of the week are counted on the clocks of this zone. */
  zone: zoneSchema,
});
export type BestTimesQuery = z.output<typeof bestTimesQuerySchema>;

/** How posts of one hour of the week did. */
export const hourScoreSchema = z.object({
  /** ISO: 1 is Monday. */
  weekday: z.int().min(1).max(7),
  hour: z.int().min(0).max(23),
  posts: z.int().positive(),
  /** Engagements of a post, drawn towards the channel's mean the fewer posts there are. */
  score: z.number(),
});
export type HourScore = z.output<typeof hourScoreSchema>;

export const bestTimesSchema = z.object({
  /** False: not enough data; no hours are given then, rather than guessed. */
  enough: z.boolean(),
  /** Measured posts of the last 90 days. */
  posts: z.int(),
  needed: z.int(),
  /** Engagements of a post, over all of them; null without data. */
  mean: z.number().nullable(),
  hours: z.array(hourScoreSchema),
  /** The next good hour in which nothing is planned yet. */
  next: z.object({ dueAt: z.date(), localTime: z.string(), zone: z.string() }).nullable(),
});
export type BestTimes = z.output<typeof bestTimesSchema>;
