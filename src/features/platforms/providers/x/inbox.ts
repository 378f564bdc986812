import 'server-only';
import type { SendTweetV2Params } from 'twitter-api-v2';
import { z } from 'zod';
import { authorized, expectShape, type PlatformHttp } from '@/features/platforms/providers/http';
import { incoming, lostAnswer, readPages, writtenFrom } from '@/features/platforms/providers/inbox';
import type {
  InboxItem,
  InboxReply,
  ProviderContext,
  PublishedRef,
} from '@/features/platforms/providers/types';
import type { XHosts } from '@/features/platforms/providers/x/api';
import { postUrl, repliesTo, type Tweet, textOf, timeline } from '@/features/platforms/providers/x/tweets';

const MENTIONS_PER_CALL = 100;
/** Each post that is read is paid for. */
const PAGES_MAX = 3;
const COMMIT_TIMEOUT_MS = 30_000;
const created = z.object({ data: z.object({ id: z.string() }) });

/**
 * Posts that name the account; an answer to one of its own names it by itself and is a comment.
 * @see https://docs.x.com/x-api/posts/timelines/quickstart/user-mention-quickstart (checked 2026-11-21)
 */
export async function readInbox(
  http: PlatformHttp,
  hosts: XHosts,
  ctx: ProviderContext,
  since: Date,
): Promise<InboxItem[]> {
  const { accountId } = ctx.channel;
  const found = await readPages(
    async (token) => {
      const query = {
        max_results: String(MENTIONS_PER_CALL),
        start_time: seconds(since),
        expansions: 'author_id',
        'tweet.fields': 'created_at,text,note_tweet,entities,referenced_tweets,author_id,in_reply_to_user_id',
        'user.fields': 'id,name,username,profile_image_url',
        ...(token ? { pagination_token: token } : {}),
      };
      const { data, includes, meta } = await readTimeline(http, hosts, ctx, 'mentions', query);
      const authors = new Map(includes?.users.map((user) => [user.id, user]));
      return { items: data.map((one) => itemOf(one, accountId, authors)), next: meta?.next_token };
    },
    { pagesMax: PAGES_MAX, flood: 'x' },
  );
  return incoming(found, since, ({ id }) => id === accountId);
}

async function readTimeline(
  http: PlatformHttp,
  hosts: XHosts,
  ctx: ProviderContext,
  edge: 'mentions' | 'tweets',
  query: Record<string, string>,
) {
  const url = `${hosts.api}/2/users/${ctx.channel.accountId}/${edge}?${new URLSearchParams(query)}`;
  const answer = await authorized(ctx, (credentials) =>
    http.call(ctx.channel.connectionId, { url, token: credentials.accessToken, signal: ctx.signal }),
  );
  return expectShape('x', timeline, answer);
}

/** X takes whole seconds. */
function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

type User = NonNullable<z.infer<typeof timeline>['includes']>['users'][number];

function itemOf(one: Tweet, accountId: string, authors: ReadonlyMap<string, User>): InboxItem {
  const author = authors.get(one.author_id ?? '');
  const handle = author?.username ?? '';
  const postId = repliesTo(one);
  return {
    id: one.id,
    kind: one.in_reply_to_user_id === accountId ? 'comment' : 'mention',
    ...(postId ? { postId } : {}),
    author: {
      id: one.author_id ?? '',
      handle,
      displayName: author?.name ?? (handle || 'Somebody'),
      ...(author?.profile_image_url ? { avatarUrl: author.profile_image_url } : {}),
    },
    text: textOf(one),
    createdAt: new Date(one.created_at),
    permalink: postUrl(handle || 'i', one.id),
  };
}

/** A commit: sent once. @see https://docs.x.com/x-api/posts/create-post */
export async function sendReply(
  http: PlatformHttp,
  hosts: XHosts,
  ctx: ProviderContext,
  { item, text }: InboxReply,
): Promise<PublishedRef> {
  const { accessToken } = await ctx.credentials();
  const json: SendTweetV2Params = { text, reply: { in_reply_to_tweet_id: item.id } };
  const answer = await http.call(ctx.channel.connectionId, {
    method: 'POST',
    url: `${hosts.api}/2/tweets`,
    json,
    token: accessToken,
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
  return refOf(ctx, expectShape('x', created, answer).data.id);
}

export async function findReply(
  http: PlatformHttp,
  hosts: XHosts,
  ctx: ProviderContext,
  reply: InboxReply,
): Promise<PublishedRef | null> {
  const { data } = await readTimeline(http, hosts, ctx, 'tweets', {
    max_results: '50',
    start_time: seconds(writtenFrom(reply)),
    'tweet.fields': 'created_at,text,note_tweet,entities,referenced_tweets',
  });
  const own = data.filter((one) => repliesTo(one) === reply.item.id);
  return lostAnswer(
    reply,
    reply.text,
    own.map((one) => ({ text: textOf(one), createdAt: new Date(one.created_at), ref: refOf(ctx, one.id) })),
  );
}

function refOf(ctx: ProviderContext, id: string): PublishedRef {
  return { id, permalink: postUrl(ctx.channel.handle, id) };
}
