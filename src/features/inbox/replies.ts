import 'server-only';
import { ConflictError, SystemError } from '@/core/errors';
import { stepMaterial } from '@/features/platforms/providers/material';
import type { InboxReply, PublishedRef } from '@/features/platforms/providers/types';
import type { InboxItemDoc, Reply } from './schema';

/** The answer as its network gets it, the same at every attempt. */
export function answerOf(item: InboxItemDoc, reply: Reply): InboxReply {
  return {
    item: {
      id: item.remoteId,
      authorHandle: item.author.handle,
      extra: item.extra,
      ...(item.remotePostId ? { postId: item.remotePostId } : {}),
    },
    text: reply.text,
    material: stepMaterial(`reply_${reply.id}`, 'comment', reply.createdAt),
  };
}

/** How an attempt ended, as the conversation shows it. */
export function settledAs(
  outcome: PublishedRef | SystemError | 'unconfirmed',
): Pick<Reply, 'status' | 'permalink' | 'error'> {
  if (outcome === 'unconfirmed') return { status: 'unconfirmed', permalink: null, error: null };
  if (outcome instanceof SystemError)
    return { status: 'failed', permalink: null, error: outcome.message.slice(0, 500) };
  return { status: 'sent', permalink: outcome.permalink ?? null, error: null };
}

/** @throws ConflictError while an answer is on its way, or nobody knows whether it is out. */
export function requireNoneOpen(item: InboxItemDoc): void {
  const open = item.replies.find(({ status }) => status === 'sending' || status === 'unconfirmed');
  if (!open) return;
  throw new ConflictError(
    open.status === 'sending'
      ? 'An answer is on its way. Wait until it is out.'
      : 'Nobody knows yet whether the last answer is out. Look at the network and say so first.',
  );
}
