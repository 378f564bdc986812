import 'server-only';
import { z } from 'zod';
import { expectShape } from '@/features/platforms/providers/http';
import { incoming, lostAnswer, reachesBack, readPages } from '@/features/platforms/providers/inbox';
import type { InstagramReach } from '@/features/platforms/providers/instagram/api';
import { answerMention, isMention, readMentions } from '@/features/platforms/providers/instagram/mentions';
import { containerCall } from '@/features/platforms/providers/meta/containers';
import { edge, instant, NAMELESS } from '@/features/platforms/providers/meta/edges';
import type {
  InboxItem,
  InboxReply,
  ProviderContext,
  PublishedRef,
} from '@/features/platforms/providers/types';

/** Of one's own comments Instagram names the author as of all others: by id and handle. */
const REPLY_FIELDS = 'id,text,timestamp,username,from{id,username},parent_id';
/** Small pages: Meta refuses calls that would bring too much at once. */
const COMMENTS_PER_CALL = 25;
const COMMENT_FIELDS = `${REPLY_FIELDS},replies.limit(${COMMENTS_PER_CALL}){${REPLY_FIELDS}}`;
const MEDIA_PER_CALL = 10;
/** The newest fifty posts are watched. */
const MEDIA_PAGES_MAX = 5;
const COMMENT_PAGES_MAX = 10;
const REPLY_PAGES_MAX = 4;
const COMMIT_TIMEOUT_MS = 30_000;

const reply = z.object({
  id: z.string().min(1),
  text: z.string().default(''),
  timestamp: instant,
  username: z.string().optional(),
  from: z.object({ id: z.string().optional(), username: z.string().optional() }).optional(),
  parent_id: z.string().optional(),
});
type Reply = z.infer<typeof reply>;
const replies = edge(reply);
const comments = edge(reply.extend({ replies: replies.optional() }));
type Comment = z.infer<typeof comments>['items'][number];
const media = edge(
  z.object({ id: z.string(), permalink: z.url().optional(), comments: comments.optional() }),
);
const created = z.object({ id: z.string().min(1) });

/**
 * Comments below the newest posts, what was answered to them, and posts of others that tag the account. Comments come newest first
 * and cannot be asked for by time.
 * @see https://developers.facebook.com/docs/instagram-platform/comment-moderation (checked 2026-11-21)
 */
export async function readInbox(
  reach: InstagramReach,
  ctx: ProviderContext,
  since: Date,
): Promise<InboxItem[]> {
  const watched = await readPages(
    async (after) => {
      const query = new URLSearchParams({
        fields: `id,permalink,comments.limit(${COMMENTS_PER_CALL}){${COMMENT_FIELDS}}`,
        limit: String(MEDIA_PER_CALL),
        ...(after ? { after } : {}),
      });
      const url = `${reach.api}/${ctx.channel.accountId}/media?${query}`;
      return expectShape('instagram', media, await containerCall(reach, ctx, { url }));
    },
    { pagesMax: MEDIA_PAGES_MAX },
  );
  const found: InboxItem[] = [];
  for (const { id, permalink, comments: first } of watched) {
    if (!first) continue;
    const all = await readPages<Comment>(
      async (after) => (after ? await moreComments(reach, ctx, id, after) : first),
      {
        pagesMax: COMMENT_PAGES_MAX,
        flood: 'instagram',
        enough: (items) => reachesBack(since, items.at(-1)?.timestamp.getTime()),
      },
    );
    for (const one of all) {
      found.push(itemOf(id, permalink, one));
      if (!one.replies) continue;
      const below = await readReplies(reach, ctx, one.id, one.replies);
      found.push(
        ...below.map((answer) => itemOf(id, permalink, { ...answer, parent_id: answer.parent_id ?? one.id })),
      );
    }
  }
  found.push(...(await readMentions(reach, ctx, since)));
  const { accountId, handle } = ctx.channel;
  return incoming(found, since, (author) => author.id === accountId || author.handle === handle);
}

async function moreComments(reach: InstagramReach, ctx: ProviderContext, id: string, after: string) {
  const query = new URLSearchParams({ fields: COMMENT_FIELDS, limit: String(COMMENTS_PER_CALL), after });
  const url = `${reach.api}/${encodeURIComponent(id)}/comments?${query}`;
  return expectShape('instagram', comments, await containerCall(reach, ctx, { url }));
}

/** What answers one comment, in no promised order: all of it is read. @param first the page that is here already. */
function readReplies(
  reach: InstagramReach,
  ctx: ProviderContext,
  id: string,
  first?: z.infer<typeof replies>,
): Promise<Reply[]> {
  return readPages<Reply>(
    async (after) => {
      if (!after && first) return first;
      const query = new URLSearchParams({
        fields: REPLY_FIELDS,
        limit: String(COMMENTS_PER_CALL),
        ...(after ? { after } : {}),
      });
      const url = `${reach.api}/${encodeURIComponent(id)}/replies?${query}`;
      return expectShape('instagram', replies, await containerCall(reach, ctx, { url }));
    },
    { pagesMax: REPLY_PAGES_MAX, flood: 'instagram' },
  );
}

function itemOf(postId: string, permalink: string | undefined, one: Reply): InboxItem {
  const handle = one.from?.username ?? one.username;
  return {
    id: one.id,
    kind: 'comment',
    postId,
    author: handle ? { id: one.from?.id ?? handle, handle, displayName: handle } : NAMELESS,
    text: one.text,
    createdAt: one.timestamp,
    ...(permalink ? { permalink } : {}),
    extra: {
      ...(permalink ? { permalink } : {}),
      ...(one.parent_id ? { threadId: one.parent_id } : {}),
    },
  };
}

/**
 * Only comments at the top can be answered; what is meant for one further down stands in the same thread and names whom it
 * answers. @see https://developers.facebook.com/docs/instagram-platform/reference/instagram-comment/replies (checked 2026-11-21)
 */
function wordsOf({ item, text }: InboxReply): string {
  const mention = `@${item.authorHandle}`;
  const nested = item.extra?.threadId !== undefined && item.authorHandle !== '';
  return nested && !text.toLowerCase().includes(mention.toLowerCase()) ? `${mention} ${text}` : text;
}

function threadOf({ id, extra }: InboxReply['item']): string {
  return extra?.threadId ?? id;
}

/** A commit: sent once. */
export async function sendReply(
  reach: InstagramReach,
  ctx: ProviderContext,
  answer: InboxReply,
): Promise<PublishedRef> {
  if (isMention(answer.item)) return await answerMention(reach, ctx, answer);
  const { accessToken } = await ctx.credentials();
  const said = await reach.http.call(ctx.channel.connectionId, {
    method: 'POST',
    url: `${reach.api}/${encodeURIComponent(threadOf(answer.item))}/replies`,
    form: { message: wordsOf(answer) },
    token: accessToken,
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
  return refOf(answer, expectShape('instagram', created, said).id);
}

export async function findReply(
  reach: InstagramReach,
  ctx: ProviderContext,
  answer: InboxReply,
): Promise<PublishedRef | null> {
  // Comments below the posts of others are shown to nobody: a person looks.
  if (isMention(answer.item)) return null;
  const items = await readReplies(reach, ctx, threadOf(answer.item));
  const { accountId, handle } = ctx.channel;
  const own = items.filter(({ from, username }) => from?.id === accountId || username === handle);
  return lostAnswer(
    answer,
    wordsOf(answer),
    own.map(({ id, text, timestamp }) => ({ text, createdAt: timestamp, ref: refOf(answer, id) })),
  );
}

/** An answer has no address of its own. */
function refOf({ item }: InboxReply, id: string): PublishedRef {
  const permalink = item.extra?.permalink;
  return { id, ...(permalink ? { permalink } : {}) };
}
