import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ExternalServiceError } from '@/core/errors';
import { expectShape, isExternal, PlatformError, refused } from '@/features/platforms/providers/http';
import {
  ifPermitted,
  incoming,
  lostAnswer,
  reachesBack,
  readPages,
} from '@/features/platforms/providers/inbox';
import {
  type ContainerNetwork,
  containerCall,
  statusOf,
} from '@/features/platforms/providers/meta/containers';
import { edge, instant, NAMELESS } from '@/features/platforms/providers/meta/edges';
import type {
  InboxItem,
  InboxReply,
  ProviderContext,
  PublishedRef,
} from '@/features/platforms/providers/types';

/** Who names the account elsewhere. Without it everything else works. */
export const THREADS_INBOX_SCOPES = ['threads_manage_mentions'] as const;
const REPLY_FIELDS = 'id,text,timestamp,username,permalink,replied_to,is_reply_owned_by_me';
const MENTION_FIELDS = 'id,text,timestamp,username,permalink';
/** The earliest `since` that Threads takes. */
const OLDEST_SINCE_SECONDS = 1_688_540_400;
const POSTS_PER_CALL = 25;
const REPLIES_PER_CALL = 50;
const REPLY_PAGES_MAX = 10;
const COMMIT_TIMEOUT_MS = 30_000;
/** A container of text is ready at once; this is for the rare one that is not. Milliseconds. */
const READY_WAITS_MS = [500, 1_000, 2_000, 4_000];

const posts = edge(z.object({ id: z.string(), has_replies: z.boolean().optional() }));
const replies = edge(
  z.object({
    id: z.string().min(1),
    text: z.string().default(''),
    timestamp: instant,
    username: z.string().optional(),
    permalink: z.url().optional(),
    replied_to: z.object({ id: z.string() }).optional(),
    is_reply_owned_by_me: z.boolean().optional(),
  }),
);
type Reply = z.infer<typeof replies>['items'][number];
const created = z.object({ id: z.string().min(1) });

/**
 * Everything below the newest posts, however deep: posts that nobody answered are not asked.
 * @see https://developers.facebook.com/docs/threads/retrieve-and-manage-replies/replies-and-conversations (checked 2026-11-21)
 */
export async function readInbox(
  network: ContainerNetwork,
  ctx: ProviderContext,
  since: Date,
): Promise<InboxItem[]> {
  const own = await containerCall(network, ctx, {
    url: `${network.api}/${ctx.channel.accountId}/threads?limit=${POSTS_PER_CALL}&fields=id,has_replies`,
  });
  const found: InboxItem[] = [];
  for (const { id: postId, has_replies: answered } of expectShape('threads', posts, own).items) {
    if (answered === false) continue;
    const all = await readPages<Reply>(
      async (after) => {
        const query = new URLSearchParams({
          fields: REPLY_FIELDS,
          // Newest first.
          reverse: 'true',
          limit: String(REPLIES_PER_CALL),
          ...(after ? { after } : {}),
        });
        const url = `${network.api}/${encodeURIComponent(postId)}/conversation?${query}`;
        return expectShape('threads', replies, await containerCall(network, ctx, { url }));
      },
      {
        pagesMax: REPLY_PAGES_MAX,
        flood: 'threads',
        enough: (items) => reachesBack(since, items.at(-1)?.timestamp.getTime()),
      },
    );
    found.push(...all.filter((one) => !one.is_reply_owned_by_me).map((one) => itemOf(postId, one)));
  }
  // What stands below a post of ours is a comment, also where it names us.
  found.push(...(await readMentions(network, ctx, since)));
  return incoming(found, since, ({ handle }) => handle === ctx.channel.handle);
}

/**
 * Public posts and replies that name the account. Channels connected without the permission have their comments all the same;
 * until Meta has reviewed the app it tells only what the app's testers wrote.
 * @see https://developers.facebook.com/docs/threads/threads-mentions (checked 2026-11-21)
 */
async function readMentions(
  network: ContainerNetwork,
  ctx: ProviderContext,
  since: Date,
): Promise<InboxItem[]> {
  const { scopes } = await ctx.credentials();
  if (!THREADS_INBOX_SCOPES.every((scope) => scopes.includes(scope))) return [];
  // Threads does not tell what was granted: who declined it still has the comments.
  const all = await ifPermitted(() =>
    readPages<Reply>(
      async (after) => {
        const query = new URLSearchParams({
          fields: MENTION_FIELDS,
          since: String(Math.max(OLDEST_SINCE_SECONDS, Math.floor(since.getTime() / 1000))),
          limit: String(REPLIES_PER_CALL),
          ...(after ? { after } : {}),
        });
        const url = `${network.api}/${ctx.channel.accountId}/mentions?${query}`;
        return expectShape('threads', replies, await containerCall(network, ctx, { url }));
      },
      { pagesMax: REPLY_PAGES_MAX, flood: 'threads' },
    ),
  );
  return all.map((one) => ({ ...itemOf('', one), kind: 'mention' as const }));
}

/** Names of people whose profile is not public are left out. */
function itemOf(postId: string, { id, text, timestamp, username, permalink }: Reply): InboxItem {
  return {
    id,
    kind: 'comment',
    ...(postId ? { postId } : {}),
    author: username ? { id: username, handle: username, displayName: username } : NAMELESS,
    text,
    createdAt: timestamp,
    ...(permalink ? { permalink } : {}),
  };
}

/** A container that nobody sees, and the one commit that publishes it. */
export async function sendReply(
  network: ContainerNetwork,
  ctx: ProviderContext,
  { item, text }: InboxReply,
): Promise<PublishedRef> {
  const container = await prepared(network, ctx, item.id, text);
  const { accessToken } = await ctx.credentials();
  const answer = await network.http.call(ctx.channel.connectionId, {
    method: 'POST',
    url: `${network.api}/${ctx.channel.accountId}/threads_publish`,
    form: { creation_id: container },
    token: accessToken,
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
  return { id: expectShape('threads', created, answer).id };
}

/** Whatever fails here, nothing was sent. */
async function prepared(
  network: ContainerNetwork,
  ctx: ProviderContext,
  replyTo: string,
  text: string,
): Promise<string> {
  try {
    const made = await containerCall(network, ctx, {
      method: 'POST',
      url: `${network.api}/${ctx.channel.accountId}/threads`,
      form: { media_type: 'TEXT', text, reply_to_id: replyTo },
      idempotent: true,
    });
    const { id } = expectShape('threads', created, made);
    for (const wait of [...READY_WAITS_MS, undefined]) {
      const { status, reason } = await statusOf(network, ctx, id);
      if (status === 'FINISHED') return id;
      if (status !== 'IN_PROGRESS')
        throw refused('threads', `Threads could not take this answer${reason ? `: ${reason}` : '.'}`);
      if (wait !== undefined) await delay(wait, undefined, { signal: ctx.signal });
    }
  } catch (error) {
    throw isExternal(error) ? notSent(error) : error;
  }
  throw refused('threads', 'Threads is still at work on this answer. Send it again in a minute.', {
    kind: 'unavailable',
    outcome: 'not_sent',
  });
}

function notSent(error: ExternalServiceError): ExternalServiceError {
  if (error.outcome !== 'unknown') return error;
  const { provider, kind, retryable, message } = error;
  return new PlatformError(message, { provider, kind, retryable, outcome: 'not_sent' }, { cause: error });
}

export async function findReply(
  network: ContainerNetwork,
  ctx: ProviderContext,
  reply: InboxReply,
): Promise<PublishedRef | null> {
  const answer = await containerCall(network, ctx, {
    url: `${network.api}/${ctx.channel.accountId}/replies?limit=${REPLIES_PER_CALL}&fields=id,text,timestamp,permalink,replied_to`,
  });
  const own = expectShape('threads', replies, answer).items.filter(
    ({ replied_to: to }) => to?.id === reply.item.id,
  );
  return lostAnswer(
    reply,
    reply.text,
    own.map(({ id, text, timestamp, permalink }) => ({
      text,
      createdAt: timestamp,
      ref: { id, ...(permalink ? { permalink } : {}) },
    })),
  );
}
