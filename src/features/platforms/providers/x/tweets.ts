import { z } from 'zod';
import { decodeEntities } from '@/features/platforms/providers/same-text';

const tweet = z.object({
  id: z.string(),
  text: z.string(),
  author_id: z.string().optional(),
  in_reply_to_user_id: z.string().optional(),
  note_tweet: z.object({ text: z.string(), entities: z.unknown().optional() }).optional(),
  created_at: z.iso.datetime(),
  referenced_tweets: z.array(z.object({ type: z.string(), id: z.string() })).optional(),
  entities: z
    .object({
      urls: z
        .array(
          z.object({
            url: z.string(),
            expanded_url: z.string().optional(),
            media_key: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});
export type Tweet = z.infer<typeof tweet>;

/** A list of posts, newest first; an empty one has no `data`. */
export const timeline = z.object({
  data: z.array(tweet).default([]),
  includes: z
    .object({
      users: z
        .array(
          z.object({
            id: z.string(),
            username: z.string(),
            name: z.string(),
            profile_image_url: z.url().optional(),
          }),
        )
        .default([]),
    })
    .optional(),
  meta: z.object({ next_token: z.string().optional() }).optional(),
});

export function postUrl(handle: string, id: string): string {
  return `https://x.com/${handle}/status/${id}`;
}

export function repliesTo(tweet: Tweet): string | undefined {
  return tweet.referenced_tweets?.find((reference) => reference.type === 'replied_to')?.id;
}

/** X shows `t.co` links, HTML entities, and a link to the media; we compare what was written. */
export function textOf(tweet: Tweet): string {
  let text = tweet.note_tweet?.text ?? tweet.text;
  for (const url of tweet.entities?.urls ?? []) {
    text = text.replaceAll(url.url, url.media_key ? '' : (url.expanded_url ?? url.url));
  }
  return decodeEntities(text);
}
