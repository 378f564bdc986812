import 'server-only';
import { z } from 'zod';
import { expectShape, refused } from '@/features/platforms/providers/http';
import {
  incoming,
  lostAnswer,
  reachesBack,
  readPages,
  requireInboxScopes,
} from '@/features/platforms/providers/inbox';
import { comment, commented, listing, type RedditApi } from '@/features/platforms/providers/reddit/api';
import { refOf } from '@/features/platforms/providers/reddit/submission';
import type {
  InboxItem,
  InboxReply,
  ProviderContext,
  PublishedRef,
} from '@/features/platforms/providers/types';

/** Reading what was answered to one's posts and comments; Reddit keeps it with private messages, which are left alone. */
export const REDDIT_INBOX_SCOPES = ['privatemessages'] as const;

const ITEMS_PER_CALL = 100;
const PAGES_MAX = 10;
const COMMIT_TIMEOUT_MS = 30_000;

const received = z.object({
  name: z.string(),
  author: z.string().nullish(),
  body: z.string(),
  /** Epoch seconds. */
  created_utc: z.number(),
  /** `/r/gardening/comments/abc/a_title/def/?context=3` */
  context: z.string().default(''),
  type: z.string().default(''),
});
type Received = z.infer<typeof received>;
/** Comments (`t1`) among private messages (`t4`). */
const inbox = z.object({
  data: z.object({
    after: z.string().nullish(),
    children: z.array(
      z.union([
        z.object({ kind: z.literal('t1'), data: received }),
        z.object({ kind: z.string().refine((kind) => kind !== 't1') }),
      ]),
    ),
  }),
});

/** @see https://www.reddit.com/dev/api/#GET_message_inbox (checked 2026-11-21) */
export async function readInbox(api: RedditApi, ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
  requireInboxScopes('reddit', (await ctx.credentials()).scopes, REDDIT_INBOX_SCOPES);
  const found = await readPages<Received>(
    async (after) => {
      const query = new URLSearchParams({
        limit: String(ITEMS_PER_CALL),
        // Looking here does not mark it as read there.
        mark: 'false',
        ...(after ? { after } : {}),
      });
      const answer = await api.call(ctx, { path: `/message/inbox?${query}` });
      const { data } = expectShape('reddit', inbox, answer);
      const items = data.children.flatMap((child) => ('data' in child ? [child.data] : []));
      return { items, next: data.after ?? undefined };
    },
    {
      pagesMax: PAGES_MAX,
      flood: 'reddit',
      // A page of private messages alone says nothing about comments.
      enough: (items) => items.length > 0 && reachesBack(since, (items.at(-1)?.created_utc ?? 0) * 1_000),
    },
  );
  return incoming(found.map(itemOf), since, ({ handle }) => handle === ctx.channel.handle);
}

function itemOf(one: Received): InboxItem {
  const post = /\/comments\/(\w+)\//.exec(one.context)?.[1];
  // Who deleted their account is nobody.
  const handle = one.author ?? '';
  return {
    id: one.name,
    kind: one.type === 'username_mention' ? 'mention' : 'comment',
    ...(post ? { postId: `t3_${post}` } : {}),
    author: { id: handle, handle, displayName: handle || 'Somebody' },
    text: one.body,
    createdAt: new Date(one.created_utc * 1_000),
    ...(one.context ? { permalink: new URL(one.context, 'https://www.reddit.com').href } : {}),
  };
}

/** A commit: sent once. @see https://www.reddit.com/dev/api/#POST_api_comment (checked 2026-11-21) */
export async function sendReply(
  api: RedditApi,
  ctx: ProviderContext,
  { item, text }: InboxReply,
): Promise<PublishedRef> {
  const { accessToken } = await ctx.credentials();
  const answer = await api.send(ctx.channel.connectionId, accessToken, {
    method: 'POST',
    path: '/api/comment',
    form: { api_type: 'json', thing_id: item.id, text },
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
  const [thing] = expectShape('reddit', commented, answer).json.data.things;
  if (!thing) throw refused('reddit', 'Reddit named no comment.', { outcome: 'unknown' });
  return refOf(thing.data);
}

export async function findReply(
  api: RedditApi,
  ctx: ProviderContext,
  reply: InboxReply,
): Promise<PublishedRef | null> {
  const user = encodeURIComponent(ctx.channel.handle);
  const answer = await api.call(ctx, { path: `/user/${user}/comments?sort=new&limit=100` });
  const own = expectShape('reddit', listing(comment), answer)
    .data.children.map(({ data }) => data)
    .filter(({ parent_id: parent }) => parent === reply.item.id);
  return lostAnswer(
    reply,
    reply.text,
    own.map((one) => ({ text: one.body, createdAt: new Date(one.created_utc * 1_000), ref: refOf(one) })),
  );
}
