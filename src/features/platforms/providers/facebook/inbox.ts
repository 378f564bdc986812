import 'server-only';
import { z } from 'zod';
import type { FacebookApi } from '@/features/platforms/providers/facebook/api';
import { expectShape } from '@/features/platforms/providers/http';
import {
  incoming,
  lostAnswer,
  reachesBack,
  readPages,
  requireInboxScopes,
  writtenFrom,
} from '@/features/platforms/providers/inbox';
import { edge, instant, NAMELESS } from '@/features/platforms/providers/meta/edges';
import type {
  InboxItem,
  InboxReply,
  ProviderContext,
  PublishedRef,
} from '@/features/platforms/providers/types';

/** Reading what people wrote on a Page; answering needs `pages_manage_engagement`, which every channel has. */
export const FACEBOOK_INBOX_SCOPES = ['pages_read_user_content'] as const;

const COMMENT_FIELDS = 'id,message,created_time,permalink_url,from{id,name},parent{id}';
const POSTS_PER_CALL = 25;
/** The newest hundred posts are watched; what is older hardly gets comments. */
const POST_PAGES_MAX = 4;
const COMMENTS_PER_CALL = 50;
const COMMENT_PAGES_MAX = 10;
const COMMIT_TIMEOUT_MS = 30_000;

const comment = z.object({
  id: z.string().min(1),
  message: z.string().default(''),
  created_time: instant,
  permalink_url: z.url().optional(),
  from: z.object({ id: z.string(), name: z.string().optional() }).optional(),
  parent: z.object({ id: z.string() }).optional(),
});
type Comment = z.infer<typeof comment>;
const comments = edge(comment);
const posts = edge(z.object({ id: z.string(), comments: comments.optional() }));
const created = z.object({ id: z.string().min(1) });

/**
 * Comments below the Page's newest posts: one call brings posts with their newest comments; only where one call does not hold
 * all that is new are more asked for.
 * @see https://developers.facebook.com/docs/graph-api/reference/object/comments/ (checked 2026-11-21)
 */
export async function readInbox(api: FacebookApi, ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
  requireInboxScopes('facebook', (await ctx.credentials()).scopes, FACEBOOK_INBOX_SCOPES);
  const from = Math.floor(since.getTime() / 1000);
  const fields = `id,comments.filter(stream).order(reverse_chronological).since(${from}).limit(${COMMENTS_PER_CALL}){${COMMENT_FIELDS}}`;
  const watched = await readPages(
    async (after) => {
      const query = new URLSearchParams({
        fields,
        limit: String(POSTS_PER_CALL),
        ...(after ? { after } : {}),
      });
      const answer = await api.authorized(ctx, `${ctx.channel.accountId}/published_posts?${query}`);
      return expectShape('facebook', posts, answer);
    },
    { pagesMax: POST_PAGES_MAX },
  );
  const found: InboxItem[] = [];
  for (const { id: postId, comments: first } of watched) {
    if (!first) continue;
    const all = await readPages<Comment>(
      async (after) => (after ? await readComments(api, ctx, postId, { since: String(from), after }) : first),
      { pagesMax: COMMENT_PAGES_MAX, flood: 'facebook' },
    );
    found.push(...all.map((one) => itemOf(postId, one)));
  }
  return incoming(found, since, ({ id }) => id === ctx.channel.accountId);
}

async function readComments(
  api: FacebookApi,
  ctx: ProviderContext,
  id: string,
  more: Record<string, string> = {},
) {
  const query = new URLSearchParams({
    fields: COMMENT_FIELDS,
    filter: 'stream',
    order: 'reverse_chronological',
    limit: String(COMMENTS_PER_CALL),
    ...more,
  });
  const answer = await api.authorized(ctx, `${encodeURIComponent(id)}/comments?${query}`);
  return expectShape('facebook', comments, answer);
}

function itemOf(postId: string, one: Comment): InboxItem {
  const { id, from, parent } = one;
  const name = from?.name ?? NAMELESS.displayName;
  return {
    id,
    kind: 'comment',
    postId,
    author: from ? { id: from.id, handle: name, displayName: name } : NAMELESS,
    text: one.message,
    createdAt: one.created_time,
    permalink: one.permalink_url ?? `https://www.facebook.com/${id}`,
    ...(parent ? { extra: { threadId: parent.id } } : {}),
  };
}

/** Conversations below a comment are one level deep: an answer to an answer stands beside it. */
function threadOf({ id, extra }: InboxReply['item']): string {
  return extra?.threadId ?? id;
}

/** A commit: sent once. */
export async function sendReply(
  api: FacebookApi,
  ctx: ProviderContext,
  { item, text }: InboxReply,
): Promise<PublishedRef> {
  const { accessToken } = await ctx.credentials();
  const answer = await api.call(ctx.channel.connectionId, {
    method: 'POST',
    url: `${api.hosts.api}/${encodeURIComponent(threadOf(item))}/comments`,
    form: { message: text },
    token: accessToken,
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
  return refOf(expectShape('facebook', created, answer).id);
}

export async function findReply(
  api: FacebookApi,
  ctx: ProviderContext,
  reply: InboxReply,
): Promise<PublishedRef | null> {
  const items = await readPages<Comment>(
    (after) => readComments(api, ctx, threadOf(reply.item), after ? { after } : {}),
    {
      pagesMax: COMMENT_PAGES_MAX,
      // Newest first: what is older than the answer ends the search.
      enough: (page) => reachesBack(writtenFrom(reply), page.at(-1)?.created_time.getTime()),
    },
  );
  const own = items.filter(({ from }) => from?.id === ctx.channel.accountId);
  return lostAnswer(
    reply,
    reply.text,
    own.map(({ id, message, created_time: createdAt }) => ({ text: message, createdAt, ref: refOf(id) })),
  );
}

function refOf(id: string): PublishedRef {
  return { id, permalink: `https://www.facebook.com/${id}` };
}
