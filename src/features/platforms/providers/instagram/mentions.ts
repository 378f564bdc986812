import 'server-only';
import { z } from 'zod';
import { expectShape, refused } from '@/features/platforms/providers/http';
import { ifPermitted, readPages } from '@/features/platforms/providers/inbox';
import type { InstagramReach } from '@/features/platforms/providers/instagram/api';
import { containerCall } from '@/features/platforms/providers/meta/containers';
import { edge, instant, NAMELESS } from '@/features/platforms/providers/meta/edges';
import type {
  InboxItem,
  InboxReply,
  ProviderContext,
  PublishedRef,
} from '@/features/platforms/providers/types';

const FIELDS = 'id,caption,timestamp,permalink,username';
const TAGS_PER_CALL = 25;
const TAG_PAGES_MAX = 4;
const COMMIT_TIMEOUT_MS = 30_000;

const tagged = edge(
  z.object({
    id: z.string().min(1),
    caption: z.string().default(''),
    timestamp: instant,
    permalink: z.url().optional(),
    username: z.string().optional(),
  }),
);
type Tagged = z.infer<typeof tagged>['items'][number];
const created = z.object({ id: z.string().min(1) });

/**
 * Posts of others in which the account is tagged, in no promised order. Where it is named in somebody's comment only webhooks
 * tell the comment's id, and `mentioned_comment` exists with Facebook Login alone.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/mentions (checked 2026-11-21)
 */
export async function readMentions(
  reach: InstagramReach,
  ctx: ProviderContext,
  since: Date,
): Promise<InboxItem[]> {
  const found = await ifPermitted(() =>
    readPages<Tagged>(
      async (after) => {
        const query = new URLSearchParams({
          fields: FIELDS,
          limit: String(TAGS_PER_CALL),
          ...(after ? { after } : {}),
        });
        const url = `${reach.api}/${ctx.channel.accountId}/tags?${query}`;
        return expectShape('instagram', tagged, await containerCall(reach, ctx, { url }));
      },
      {
        pagesMax: TAG_PAGES_MAX,
        flood: 'instagram',
        enough: (items) => items.every(({ timestamp }) => timestamp < since),
      },
    ),
  );
  return found.map((one) => itemOf(one, ctx.channel.handle));
}

/** A caption that names the account can be answered; a tag in the picture cannot. */
function itemOf({ id, caption, timestamp, permalink, username }: Tagged, handle: string): InboxItem {
  return {
    id,
    kind: 'mention',
    author: username ? { id: username, handle: username, displayName: username } : NAMELESS,
    text: caption,
    createdAt: timestamp,
    ...(permalink ? { permalink } : {}),
    extra: {
      ...(permalink ? { permalink } : {}),
      ...(names(caption, handle) ? { mentionedIn: 'caption' } : { unanswerable: 'tagged' }),
    },
  };
}

/** Whether a text says `@handle`, and not the beginning of a longer name. */
export function names(text: string, handle: string): boolean {
  const escaped = handle.replaceAll('.', '\\.');
  return new RegExp(`(?<![\\w.])@${escaped}(?!\\.?\\w)`, 'i').test(text);
}

/** An answer to the post of somebody who named the account; none to one that only tags it. */
export function isMention({ extra }: InboxReply['item']): boolean {
  return extra?.mentionedIn !== undefined || extra?.unanswerable !== undefined;
}

/**
 * A comment below the post that names the account. A commit: sent once.
 * @throws PlatformError `invalid_request` with `not_answerable` where the account is only tagged; nothing was sent.
 */
export async function answerMention(
  reach: InstagramReach,
  ctx: ProviderContext,
  { item, text }: InboxReply,
): Promise<PublishedRef> {
  if (item.extra?.unanswerable) {
    throw refused(
      'instagram',
      'Instagram lets no app answer posts that only tag you in the picture. Answer it there.',
      { vendorCode: 'not_answerable', outcome: 'not_sent' },
    );
  }
  const { accessToken } = await ctx.credentials();
  const said = await reach.http.call(ctx.channel.connectionId, {
    method: 'POST',
    url: `${reach.api}/${ctx.channel.accountId}/mentions`,
    form: { media_id: item.id, message: text },
    token: accessToken,
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
  const { id } = expectShape('instagram', created, said);
  const permalink = item.extra?.permalink;
  return { id, ...(permalink ? { permalink } : {}) };
}
