import 'server-only';
import { z } from 'zod';
import { expectShape, isExternal } from '@/features/platforms/providers/http';
import { listing, type RedditApi } from '@/features/platforms/providers/reddit/api';
import type { ProviderContext } from '@/features/platforms/providers/types';
import type { Target } from '@/features/platforms/schema';

const PAGES_MAX = 5;
const RULES_MAX = 20;

const community = z.object({
  display_name: z.string(),
  icon_img: z.url().nullish().catch(null),
});
const rules = z.object({
  rules: z.array(z.object({ short_name: z.string(), kind: z.string().optional() })).default([]),
});
const flairs = z.array(z.object({ id: z.string(), text: z.string(), mod_only: z.boolean().optional() }));

/** One's own profile, then the communities one has joined. */
export async function readCommunities(api: RedditApi, ctx: ProviderContext): Promise<Target[]> {
  const { handle } = ctx.channel;
  const targets: Target[] = [{ id: `u_${handle}`, kind: 'community', name: `u/${handle}` }];
  if (!(await ctx.credentials()).scopes.includes('mysubreddits')) return targets;
  let after: string | null | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = new URLSearchParams({ limit: '100', ...(after ? { after } : {}) });
    const answer = await api.call(ctx, { path: `/subreddits/mine/subscriber?${query}` });
    const { data } = expectShape('reddit', listing(community), answer);
    for (const { data: one } of data.children) {
      targets.push({
        id: one.display_name,
        kind: 'community',
        name: `r/${one.display_name}`,
        ...(one.icon_img ? { avatarUrl: one.icon_img } : {}),
      });
    }
    after = data.after;
    if (!after) break;
  }
  return targets;
}

/** A community with its rules for posts and the flairs that posts may carry. */
export async function readCommunity(api: RedditApi, ctx: ProviderContext, id: string): Promise<Target> {
  if (id.startsWith('u_')) return { id, kind: 'community', name: `u/${id.slice(2)}` };
  const name = encodeURIComponent(id);
  const told = expectShape('reddit', rules, await api.call(ctx, { path: `/r/${name}/about/rules` }));
  return {
    id,
    kind: 'community',
    name: `r/${id}`,
    rules: told.rules
      .filter(({ kind }) => kind !== 'comment')
      .slice(0, RULES_MAX)
      .map((rule) => rule.short_name),
    labels: await readFlairs(api, ctx, name),
  };
}

async function readFlairs(api: RedditApi, ctx: ProviderContext, name: string) {
  try {
    const found = expectShape(
      'reddit',
      flairs,
      await api.call(ctx, { path: `/r/${name}/api/link_flair_v2` }),
    );
    return found.filter((one) => !one.mod_only).map(({ id, text }) => ({ id, name: text }));
  } catch (error) {
    // A community without flairs for its members answers 403.
    if (isExternal(error, 'invalid_request')) return [];
    throw error;
  }
}
