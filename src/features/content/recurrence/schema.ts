import { z } from 'zod';
import { pageOf, pageQuery } from '@/core/db/cursor';
import { type DocOf, defineModel } from '@/core/db/model';
import { localTimeSchema, zoneSchema } from '@/core/time/zones';
import {
  disambiguationSchema,
  idSchema,
  postChannelSchema,
  postModel,
  updatePostRequestSchema,
} from '../schema';

/** The words of posts that repeat. Isomorphic. A series makes posts; each of them is a post like any other. */

/** How far ahead occurrences are posts already. */
export const MATERIALISED_DAYS = 60;

const { master, thread, firstComment, tags, campaignId } = postModel.schema.shape;

export const seriesModel = defineModel('recurrences', {
  organizationId: z.string(),
  authorId: z.string(),
  /** `ended`: nothing follows `endsBefore`. */
  status: z.enum(['active', 'ended']),
  /** RFC 5545, without DTSTART. */
  rrule: z.string(),
  /** The first occurrence; the rule counts from here, on the wall. */
  localTime: localTimeSchema,
  zone: zoneSchema,
  disambiguation: disambiguationSchema.optional(),
  /** Occurrences from here on are not of this series. */
  endsBefore: localTimeSchema.nullable(),
  master,
  channels: z.array(postChannelSchema),
  thread,
  firstComment,
  tags,
  campaignId,
  /** Of what each occurrence says. */
  contentHash: z.string(),
  /** Rises with every change; what `If-Match` names. */
  version: z.int().positive(),
  /** Occurrences up to here are posts. */
  materialisedTo: z.date(),
  /** Why no further posts are made, for people; null: all is well. */
  problem: z.string().nullable(),
});
export type Series = DocOf<typeof seriesModel>;
export type UnsavedSeries = Omit<Series, 'createdAt' | 'updatedAt'>;

/** `{seriesId}_{localDateTime}`: makes each occurrence once, whoever materialises it. */
export function occurrenceIdOf(seriesId: string, localTime: string): string {
  return `${seriesId}_${localTime.replaceAll(/[-:]/g, '')}`;
}

// API ------------------------------------------------------------------------------------------------------------------

export const seriesSchema = seriesModel.schema;
export const seriesPage = pageOf(seriesSchema);
export const listSeriesQuery = pageQuery;
export const seriesParams = z.strictObject({ id: idSchema });

/**
 * What is given changes: for `all` occurrences to come, or for `from` and those that `following` it. A single occurrence is
 * changed as the post it is.
 */
export const changeSeriesSchema = z
  .strictObject({
    scope: z.enum(['following', 'all']),
    /** The occurrence at which `following` begins, by its local time. */
    from: localTimeSchema.optional(),
    ...updatePostRequestSchema.pick({
      master: true,
      channels: true,
      thread: true,
      firstComment: true,
      tags: true,
    }).shape,
    schedule: z
      .strictObject({
        /** Of the first occurrence under the new plan. */
        localTime: localTimeSchema,
        zone: zoneSchema,
        disambiguation: disambiguationSchema.optional(),
        rrule: z.string().trim().min(1).max(500).optional(),
      })
      .optional(),
  })
  .check((ctx) => {
    const { scope, from, schedule } = ctx.value;
    const fault = (message: string) =>
      ctx.issues.push({ code: 'custom', message, path: ['from'], input: ctx.value });
    if ((scope === 'following' || schedule) && !from) fault('Say from which occurrence on: its local time.');
    if (scope === 'all' && from && !schedule) fault('With "all" this belongs to a new schedule.');
  });
export type ChangeSeries = z.output<typeof changeSeriesSchema>;

export const endSeriesQuery = z.strictObject({
  /** The first occurrence that no longer happens; default: the next one. */
  from: localTimeSchema.optional(),
});
