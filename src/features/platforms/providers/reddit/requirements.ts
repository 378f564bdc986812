import 'server-only';
import { z } from 'zod';
import { expectShape, isExternal, refused } from '@/features/platforms/providers/http';
import type { RedditApi } from '@/features/platforms/providers/reddit/api';
import { bodyOf, kindOf, settingsOf } from '@/features/platforms/providers/reddit/submission';
import type { StepContext } from '@/features/platforms/providers/types';

/** What a community wants of every post. @see https://www.reddit.com/dev/api/#GET_api_v1_{subreddit}_post_requirements (2026-11-21) */
const requirements = z.object({
  is_flair_required: z.boolean().nullish(),
  title_text_min_length: z.number().nullish(),
  title_text_max_length: z.number().nullish(),
  body_text_min_length: z.number().nullish(),
  body_text_max_length: z.number().nullish(),
  body_restriction_policy: z.string().nullish(),
  gallery_max_items: z.number().nullish(),
});
type Requirements = z.infer<typeof requirements>;

/** @throws PlatformError `community_rules`, before anything is uploaded or sent. */
export async function requireAllowed(api: RedditApi, ctx: StepContext): Promise<void> {
  const { subreddit, flairId } = settingsOf(ctx.content);
  if (subreddit.startsWith('u_')) return;
  const wanted = await read(api, ctx, subreddit);
  if (!wanted) return;
  const broken = brokenRule(wanted, {
    flair: flairId !== undefined,
    title: ctx.content.title?.length ?? 0,
    body: bodyOf(ctx.content).trim().length,
    files: ctx.content.media.length,
    self: kindOf(ctx.content) === 'self',
  });
  if (broken) {
    throw refused('reddit', `r/${subreddit}: ${broken}`, {
      vendorCode: 'community_rules',
      outcome: 'not_sent',
    });
  }
}

async function read(api: RedditApi, ctx: StepContext, subreddit: string): Promise<Requirements | undefined> {
  try {
    const path = `/api/v1/${encodeURIComponent(subreddit)}/post_requirements`;
    return expectShape('reddit', requirements, await api.call(ctx, { path }));
  } catch (error) {
    // A community that does not tell its wishes judges the post itself.
    if (isExternal(error, 'invalid_request')) return undefined;
    throw error;
  }
}

interface PostShape {
  flair: boolean;
  title: number;
  body: number;
  files: number;
  self: boolean;
}

/** The first rule the post breaks, as a sentence; undefined when it breaks none. */
export function brokenRule(wanted: Requirements, post: PostShape): string | undefined {
  const most = (value: number | null | undefined) => value ?? Infinity;
  if (wanted.is_flair_required && !post.flair) return 'posts need a flair. Choose one.';
  if (post.title < (wanted.title_text_min_length ?? 0))
    return `titles need at least ${wanted.title_text_min_length} characters.`;
  if (post.title > most(wanted.title_text_max_length))
    return `titles have at most ${wanted.title_text_max_length} characters.`;
  if (wanted.body_restriction_policy === 'required' && post.self && post.body === 0)
    return 'posts need a text.';
  if (wanted.body_restriction_policy === 'notAllowed' && post.body > 0)
    return 'posts have a title and no text.';
  if (post.body > 0 && post.body < (wanted.body_text_min_length ?? 0))
    return `texts need at least ${wanted.body_text_min_length} characters.`;
  if (post.body > most(wanted.body_text_max_length))
    return `texts have at most ${wanted.body_text_max_length} characters.`;
  if (post.files > 1 && post.files > most(wanted.gallery_max_items))
    return `galleries have at most ${wanted.gallery_max_items} pictures.`;
  return undefined;
}
