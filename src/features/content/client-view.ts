import { documentTitle } from '@/features/platforms/rules/document-title';
import type { Connection } from '@/features/platforms/schema';
import { isApproved } from './approval';
import { isLocked } from './edit-plan';
import type { MediaAsset } from './media-schema';
import type { ClientReview, ReviewComment, ReviewLink } from './review-schema';
import type { PlannedRun } from './run-planner';
import type { Post } from './schema';

interface ClientFacts {
  link: Pick<ReviewLink, 'label' | 'expiresAt'>;
  post: Post;
  connections: ReadonlyMap<string, Connection>;
  assets: readonly MediaAsset[];
  comments: readonly ReviewComment[];
  runs: readonly PlannedRun[];
  organizationName: string;
  now: Date;
}

/** What somebody outside sees: this post and what was said to them, nothing else of the organisation. Pure. */
export function clientReviewOf(facts: ClientFacts): ClientReview {
  const { link, post, connections, runs, organizationName, now } = facts;
  const { master, channels, thread, firstComment, contentHash, status, schedule } = post;
  const decided = post.approval.hash === contentHash ? post.approval : null;
  const dueAt = schedule.dueAt ?? null;
  const waits = runs.some((run) => run.status === 'pending_approval' || run.status === 'blocked');
  return {
    organizationName,
    label: link.label,
    expiresAt: link.expiresAt,
    post: {
      master,
      // Settings of a network are the writer's business.
      channels: channels.map(({ settings: _, ...channel }) => channel),
      contentHash,
      status,
      ...(thread ? { thread } : {}),
      ...(firstComment ? { firstComment } : {}),
    },
    state: stateOf(post, runs),
    decidedBy: decided?.byName ?? null,
    dueAt,
    zone: schedule.zone ?? null,
    sendsAtOnce: waits && dueAt !== null && dueAt <= now,
    channels: post.channelIds.flatMap((id) => {
      const connection = connections.get(id);
      if (!connection) return [];
      const { platform, displayName, handle, avatarUrl, settings, sandbox } = connection;
      return [
        { id, platform, displayName, handle, avatarUrl, sandbox, signature: settings.signature ?? null },
      ];
    }),
    media: facts.assets.map(
      ({ id, kind, mime, bytes, altText, width, height, durationSeconds, pages, title, filename }) => ({
        id,
        kind,
        mime,
        bytes,
        altText,
        ...(width ? { width } : {}),
        ...(height ? { height } : {}),
        ...(durationSeconds === undefined ? {} : { durationSeconds }),
        ...(pages ? { pages } : {}),
        ...(kind === 'document' ? { title: documentTitle({ title, filename }) } : {}),
      }),
    ),
    comments: facts.comments
      .filter((comment) => comment.shared)
      .map(({ id, kind, text, authorName, via, createdAt }) => ({
        id,
        kind,
        text,
        authorName,
        via,
        createdAt,
      }))
      .reverse(),
  };
}

/** Where the review of exactly this content stands; `closed` once nothing can be decided any more. */
function stateOf(post: Post, runs: readonly PlannedRun[]): ClientReview['state'] {
  const locked = new Set(runs.filter(isLocked).map((run) => run.connectionId));
  if (post.channelIds.length > 0 && post.channelIds.every((id) => locked.has(id))) return 'closed';
  if (isApproved(post.approval, post.contentHash)) return 'approved';
  const back = post.approval.status === 'changes_requested' && post.approval.hash === post.contentHash;
  return back ? 'changes_requested' : 'open';
}
