import { z } from 'zod';
import { countsSchema, findingSchema } from '@/features/platforms/finding-schema';
import { metricNameSchema, platformIdSchema } from '@/features/platforms/schema';
import { attemptModel, runStatusSchema } from '@/features/publishing/schema';
import { linkClicksSchema } from './link-schema';
import { idSchema, postModel } from './schema';

export const postSchema = postModel.schema;

/** One channel's part of a post, in short; the run's own routes say more. */
export const runSummarySchema = z.object({
  id: z.string(),
  connectionId: z.string(),
  platform: platformIdSchema,
  status: runStatusSchema,
  dueAt: z.date(),
  localTime: z.string(),
  zone: z.string(),
  /** The queue slot it took. */
  slotId: z.string().nullable(),
  permalink: z.string().optional(),
});
export type RunSummary = z.output<typeof runSummarySchema>;

export const postWithRunsSchema = z.object({ post: postSchema, runs: z.array(runSummarySchema) });

/** The newest numbers of one channel's part; null: the network does not report that one. */
export const runMetricsSchema = z.object({
  runId: z.string(),
  measuredAt: z.date(),
  metrics: z.partialRecord(metricNameSchema, z.number().nullable()),
});
export type RunMetrics = z.output<typeof runMetricsSchema>;

/** Everything about one post; the newest 200 attempts. */
export const postDetailSchema = postWithRunsSchema.extend({
  attempts: z.array(attemptModel.schema),
  metrics: z.array(runMetricsSchema),
  /** Short links that were made for it, with their visits. */
  links: z.array(linkClicksSchema),
});
export type PostDetail = z.output<typeof postDetailSchema>;

/** A saved post with the findings that do not stop it. */
export const savedPostSchema = postWithRunsSchema.extend({ warnings: z.array(findingSchema) });
export type PostWithRuns = z.output<typeof postWithRunsSchema>;
export type SavedPost = z.output<typeof savedPostSchema>;

export const publishAnswerSchema = z.object({
  postId: z.string(),
  runs: z.array(z.object({ id: z.string(), status: runStatusSchema, permalink: z.string().optional() })),
});
export type PublishAnswer = z.output<typeof publishAnswerSchema>;
export const postIdParams = z.strictObject({ id: idSchema });

export const deletePostQuery = z.strictObject({
  /** Also take it off the networks where it is out. */
  remote: z.stringbool().default(false),
});
/** What became of the post's runs. */
export const deleteAnswerSchema = z.object({ runs: z.array(runSummarySchema) });
export type DeleteAnswer = z.output<typeof deleteAnswerSchema>;

export const validateAnswerSchema = z.object({
  /** No errors; warnings may remain. */
  ok: z.boolean(),
  channels: z.array(
    z.object({
      connectionId: z.string().optional(),
      platform: platformIdSchema,
      counts: countsSchema,
      findings: z.array(findingSchema),
    }),
  ),
});
export type ValidateAnswer = z.output<typeof validateAnswerSchema>;
