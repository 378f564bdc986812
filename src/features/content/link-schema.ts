import { z } from 'zod';
import { type DocOf, defineModel } from '@/core/db/model';

/** Short links and their clicks. */

/** `short_links/{id}`: one per post, channel and address, decided once: what was sent stays what it was. */
export const shortLinkModel = defineModel('short_links', {
  organizationId: z.string(),
  postId: z.string(),
  connectionId: z.string(),
  runId: z.string(),
  /** Where it leads, campaign parameters included. */
  target: z.url({ protocol: /^https?$/ }).max(5_000),
  /** What is sent: ours, another service's, or the long address where that service did not answer. */
  url: z.url({ protocol: /^https?$/ }).max(5_000),
  via: z.enum(['built_in', 'bitly', 'none']),
});
export type ShortLink = DocOf<typeof shortLinkModel>;

/** `short_link_clicks/{linkId}_{shard}`: visits of people, spread so that no document is written too often. */
export const clickShardModel = defineModel('short_link_clicks', {
  organizationId: z.string(),
  linkId: z.string(),
  runId: z.string(),
  count: z.int().nonnegative(),
});

/** A link of a post with its visits; null: another service counts, or nobody. */
export const linkClicksSchema = z.object({
  id: z.string(),
  connectionId: z.string(),
  runId: z.string(),
  target: z.string(),
  url: z.string(),
  clicks: z.number().nullable(),
});
export type LinkClicks = z.infer<typeof linkClicksSchema>;
