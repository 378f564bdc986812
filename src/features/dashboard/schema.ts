import { z } from 'zod';
import { defineModel } from '@/core/db/model';
import { SUM_NAMES } from '@/features/analytics/schema';
import { platformIdSchema } from '@/features/platforms/schema';

/** The words of the dashboard: periods, figures, series, widgets. Isomorphic. Days are UTC. */

export const PERIODS = ['7d', '28d', '90d'] as const;
export const periodSchema = z.enum(PERIODS);
export type Period = z.infer<typeof periodSchema>;

/** Days of a period, today included. It is compared with as many days before. */
export const PERIOD_DAYS: Readonly<Record<Period, number>> = { '7d': 7, '28d': 28, '90d': 90 };

export const dashboardQuerySchema = z.strictObject({
  period: periodSchema.default('28d'),
  /** Connection id; without it the whole organisation. */
  channel: z.string().min(1).max(200).optional(),
});
export type DashboardQuery = z.output<typeof dashboardQuerySchema>;

// Figures --------------------------------------------------------------------------------------------------------------

export const FIGURE_NAMES = [
  'followers',
  'reach',
  'impressions',
  'engagementRate',
  'engagements',
  'posts',
  'tokens',
] as const;
export const figureNameSchema = z.enum(FIGURE_NAMES);
export type FigureName = z.infer<typeof figureNameSchema>;

const known = z.number().nullable();

export const figureSchema = z.object({
  name: figureNameSchema,
  /** Null: not measured in this period. Rates are fractions. */
  value: known,
  /** Of the period before. */
  previous: known,
  /** `(value − previous) / previous`; null where there is nothing to compare. */
  change: known,
  /** One value for each day of the period, oldest first; null where nothing was measured. */
  series: z.array(known),
});
export type Figure = z.output<typeof figureSchema>;

export const overviewSchema = z.object({
  period: periodSchema,
  /** First and last day of the period. */
  from: z.iso.date(),
  to: z.iso.date(),
  channel: z.string().nullable(),
  figures: z.array(figureSchema),
  /** When the roll-ups last changed; null when nothing was ever measured. */
  asOf: z.iso.datetime().nullable(),
});
export type Overview = z.output<typeof overviewSchema>;

// Performance ----------------------------------------------------------------------------------------------------------

export const dayRowSchema = z.object({
  day: z.iso.date(),
  sums: z.partialRecord(z.enum(SUM_NAMES), z.number()),
  /** Level at the end of the day, as far as it is known. */
  followers: known,
});
export type DayRow = z.output<typeof dayRowSchema>;

export const channelRowSchema = z.object({
  connectionId: z.string(),
  posts: z.number(),
  impressions: known,
  engagements: known,
  engagementRate: known,
  followers: known,
  /** Change of engagements against the period before. */
  change: known,
});
export type ChannelRow = z.output<typeof channelRowSchema>;

export const trendSchema = z.object({
  metric: z.enum(['impressions', 'engagements']),
  direction: z.enum(['up', 'down', 'flat', 'unknown']),
  /** Change a day. */
  perDay: known,
  /** Days the line was laid through. */
  days: z.int(),
});
export type Trend = z.output<typeof trendSchema>;

export const anomalySchema = z.object({
  metric: z.enum(['impressions', 'engagements']),
  day: z.iso.date(),
  value: z.number(),
  /** Median of the days before. */
  expected: z.number(),
  /** Robust z-score; its sign tells the direction. */
  score: z.number(),
});
export type Anomaly = z.output<typeof anomalySchema>;

export const bestPostSchema = z.object({
  runId: z.string(),
  postId: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  permalink: z.string().nullable(),
  publishedAt: z.iso.datetime(),
  engagements: z.number(),
  impressions: known,
  engagementRate: known,
});
export type BestPost = z.output<typeof bestPostSchema>;

export const performanceSchema = z.object({
  period: periodSchema,
  channel: z.string().nullable(),
  days: z.array(dayRowSchema),
  /** Most engagements first; empty under a channel filter. */
  channels: z.array(channelRowSchema),
  best: z.array(bestPostSchema),
  trends: z.array(trendSchema),
  anomalies: z.array(anomalySchema),
  /** How trends and anomalies are found, in words. */
  method: z.object({ trend: z.string(), anomaly: z.string() }),
});
export type Performance = z.output<typeof performanceSchema>;

// Widgets --------------------------------------------------------------------------------------------------------------

export const WIDGET_TYPES = [
  'engagement',
  'recent',
  'upcoming',
  'channels',
  'balance',
  'best',
  'comparison',
  'audience',
  'crm',
] as const;
export const widgetTypeSchema = z.enum(WIDGET_TYPES);
export type WidgetType = z.infer<typeof widgetTypeSchema>;

/** Columns of twelve; narrow screens show every widget in full width. */
export const WIDGET_COLUMNS = [4, 6, 8, 12] as const;
export const WIDGET_ROWS = [1, 2, 3] as const;

export const CHART_METRICS = ['impressions', 'reach', 'engagements', 'posts'] as const;

export const widgetSchema = z.strictObject({
  id: z.string().regex(/^[\w-]{1,40}$/),
  type: widgetTypeSchema,
  size: z.strictObject({ columns: z.literal(WIDGET_COLUMNS), rows: z.literal(WIDGET_ROWS) }),
  query: z.strictObject({ metric: z.enum(CHART_METRICS).optional() }).default({}),
});
export type Widget = z.output<typeof widgetSchema>;

/** In the order they are laid out. */
const widgetsSchema = z
  .array(widgetSchema)
  .max(24)
  .refine((all) => new Set(all.map((one) => one.id)).size === all.length, 'Each widget needs its own id.');

/** `organizations/{orgId}/widgets/{userId}`: one person's layout in one organisation. */
export const widgetsModel = defineModel('organizations/{orgId}/widgets', {
  organizationId: z.string(),
  userId: z.string(),
  widgets: z.array(widgetSchema),
  /** Rises with each save; a save must name the one it was made from. */
  version: z.int().positive(),
});

export const layoutSchema = z.object({
  widgets: z.array(widgetSchema),
  /** 0: the standard layout, never changed. */
  version: z.int().nonnegative(),
});
export type Layout = z.output<typeof layoutSchema>;

export const saveLayoutSchema = z.strictObject({ widgets: widgetsSchema, version: z.int().nonnegative() });
export type SaveLayout = z.output<typeof saveLayoutSchema>;

const widget = (
  type: WidgetType,
  columns: Widget['size']['columns'],
  rows: Widget['size']['rows'],
): Widget => ({ id: type, type, size: { columns, rows }, query: {} });

export const STANDARD_LAYOUT: readonly Widget[] = [
  widget('engagement', 8, 2),
  widget('upcoming', 4, 2),
  widget('recent', 8, 2),
  widget('channels', 4, 2),
  widget('best', 8, 2),
  widget('balance', 4, 1),
  widget('crm', 12, 2),
];
