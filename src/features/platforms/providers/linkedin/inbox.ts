import 'server-only';
import { z } from 'zod';
import { expectShape } from '@/features/platforms/providers/http';
import { incoming, lostAnswer, reachesBack, readPages } from '@/features/platforms/providers/inbox';
import { encoded, type LinkedInApi } from '@/features/platforms/providers/linkedin/api';
import type {
  InboxItem,
  InboxReply,
  ProviderContext,
  PublishedRef,
} from '@/features/platforms/providers/types';

/** The newest posts are watched; of those that have comments, this many comments each. */
const POSTS = 20;
const COMMENTS_PER_CALL = 100;
const PAGES_MAX = 10;
/** Conversations below comments that are read in one look: each is a call. */
const THREADS_MAX = 20;
const COMMIT_TIMEOUT_MS = 30_000;

const posts = z.object({ elements: z.array(z.object({ id: z.string() })).default([]) });
const metadata = z.object({
  results: z
    .record(z.string(), z.object({ commentSummary: z.object({ count: z.number().optional() }).optional() }))
    .default({}),
});
const comment = z.object({
  id: z.string(),
  commentUrn: z.string(),
  actor: z.string(),
  message: z.object({ text: z.string().default('') }),
  created: z.object({ time: z.number() }),
  /** The activity it stands under: what an answer must name. */
  object: z.string(),
  parentComment: z.string().optional(),
  commentsSummary: z.object({ totalFirstLevelComments: z.number().optional() }).optional(),
});
type Comment = z.infer<typeof comment>;
const comments = z.object({
  elements: z.array(comment).default([]),
  paging: z.object({ links: z.array(z.object({ rel: z.string() })).default([]) }).optional(),
});
const created = z.object({ commentUrn: z.string().min(1) });

/**
 * Comments below an organisation's newest posts. What members wrote below their own posts LinkedIn shows to nobody new.
 * @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api (checked 2026-11-21)
 */
export async function readInbox(api: LinkedInApi, ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
  const found: InboxItem[] = [];
  let threads = 0;
  for (const postId of await discussed(api, ctx)) {
    for (const one of await readComments(api, ctx, postId, since)) {
      found.push(itemOf(postId, one));
      if (!one.commentsSummary?.totalFirstLevelComments || threads >= THREADS_MAX) continue;
      threads += 1;
      const below = await readComments(api, ctx, one.commentUrn, since);
      found.push(...below.map((answer) => itemOf(postId, answer, one.commentUrn)));
    }
  }
  return incoming(found, since, ({ id }) => id === ctx.channel.accountId);
}

/** Posts that have comments at all: one call asks for all of them. */
async function discussed(api: LinkedInApi, ctx: ProviderContext): Promise<string[]> {
  const own = await api.authorized(
    ctx,
    `/rest/posts?author=${encoded(ctx.channel.accountId)}&q=author&count=${POSTS}&sortBy=CREATED`,
    { headers: { 'x-restli-method': 'FINDER' } },
  );
  const ids = expectShape('linkedin', posts, own).elements.map(({ id }) => id);
  if (ids.length === 0) return [];
  const answer = await api.authorized(ctx, `/rest/socialMetadata?ids=List(${ids.map(encoded).join(',')})`);
  const { results } = expectShape('linkedin', metadata, answer);
  return ids.filter((id) => (results[id]?.commentSummary?.count ?? 0) > 0);
}

/** LinkedIn promises no order: only where a page turns out to be newest first can it say that it reaches back far enough. */
function readComments(api: LinkedInApi, ctx: ProviderContext, urn: string, since: Date): Promise<Comment[]> {
  return readPages<Comment>(
    async (start = '0') => {
      const path = `/rest/socialActions/${encoded(urn)}/comments?start=${start}&count=${COMMENTS_PER_CALL}`;
      const { elements, paging } = expectShape('linkedin', comments, await api.authorized(ctx, path));
      const more = paging?.links.some(({ rel }) => rel === 'next') && elements.length > 0;
      return { items: elements, next: more ? String(Number(start) + elements.length) : undefined };
    },
    {
      pagesMax: PAGES_MAX,
      flood: 'linkedin',
      enough: (items) => {
        const [first, last] = [items[0]?.created.time ?? 0, items.at(-1)?.created.time ?? 0];
        return first > last && reachesBack(since, last);
      },
    },
  );
}

/** LinkedIn names who wrote by a number only: names of people are not given to this kind of app. */
function itemOf(postId: string, one: Comment, threadUrn = one.parentComment): InboxItem {
  const organization = one.actor.startsWith('urn:li:organization:');
  return {
    id: one.commentUrn,
    kind: 'comment',
    postId,
    author: {
      id: one.actor,
      handle: '',
      displayName: organization ? 'A LinkedIn page' : 'A LinkedIn member',
    },
    text: one.message.text,
    createdAt: new Date(one.created.time),
    permalink: permalinkOf(postId, one.commentUrn),
    extra: { object: one.object, ...(threadUrn ? { threadUrn } : {}) },
  };
}

/** A commit: sent once. Answers stand below the comment at the top, never below another answer. */
export async function sendReply(
  api: LinkedInApi,
  ctx: ProviderContext,
  { item, text }: InboxReply,
): Promise<PublishedRef> {
  const parentComment = threadOf(item);
  const { accessToken } = await ctx.credentials();
  const answer = await api.call(ctx.channel.connectionId, {
    method: 'POST',
    path: `/rest/socialActions/${encoded(parentComment)}/comments`,
    json: {
      actor: ctx.channel.accountId,
      object: item.extra?.object ?? item.postId,
      parentComment,
      message: { text },
    },
    token: accessToken,
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
  return refOf(item, expectShape('linkedin', created, answer).commentUrn);
}

export async function findReply(
  api: LinkedInApi,
  ctx: ProviderContext,
  reply: InboxReply,
): Promise<PublishedRef | null> {
  const below = await readComments(api, ctx, threadOf(reply.item), reply.material.createdAt);
  const own = below.filter(({ actor }) => actor === ctx.channel.accountId);
  return lostAnswer(
    reply,
    reply.text,
    own.map((one) => ({
      text: one.message.text,
      createdAt: new Date(one.created.time),
      ref: refOf(reply.item, one.commentUrn),
    })),
  );
}

function threadOf({ id, extra }: InboxReply['item']): string {
  return extra?.threadUrn ?? id;
}

function refOf({ postId }: InboxReply['item'], urn: string): PublishedRef {
  return { id: urn, ...(postId ? { permalink: permalinkOf(postId, urn) } : {}) };
}

function permalinkOf(postId: string, urn: string): string {
  return `https://www.linkedin.com/feed/update/${postId}/?commentUrn=${encodeURIComponent(urn)}`;
}
