import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import { isApproved } from './approval';
import { isLocked } from './edit-plan';
import { postApproved, postCommented, postRejected, postSubmitted } from './events';

import type { ContentRepository } from './repository';
import type { ReviewRepository } from './review-repository';
import type { CommentRequest, ReviewComment } from './review-schema';
import type { PlannedRun, RunPlanner } from './run-planner';
import type { Approval, Post } from './schema';

/** Who decides: a member, or somebody outside with a review link. */
export interface Reviewer {
  organizationId: string;
  /** Null outside. */
  userId: string | null;
  name: string;
  via: 'member' | 'link';
  /** For the audit log, where there is no user. */
  linkId?: string;
  apiKeyId?: string;
}

export interface ReviewDependencies {
  repository: ContentRepository;
  reviews: ReviewRepository;
  planner: RunPlanner;
  audit: AuditTrail;
  outbox: Outbox;
  clock: Clock;
  ids: Ids;
}

interface Facts {
  post: Post;
  runs: PlannedRun[];
}
type Said = Pick<ReviewComment, 'kind' | 'text'> & Partial<Pick<ReviewComment, 'anchor' | 'shared'>>;

/** Review of posts: what is decided changes post, runs, thread, audit log and outbox in one transaction. */
export class ReviewDecisions {
  constructor(readonly deps: ReviewDependencies) {}

  /**
   * Asks for a review: no channel goes out before this content is approved.
   * @throws ConflictError when this content is approved, or all of it is on its way.
   */
  async submit(who: Reviewer, postId: string, note: string | undefined): Promise<void> {
    await this.#change(who, postId, async (tx, { post, runs }) => {
      if (isApproved(post.approval, post.contentHash)) {
        throw new ConflictError('This version is approved already. It can go out.');
      }
      const channels = stillOpen(post, runs);
      this.deps.planner.heldIn(tx, runs);
      const approval: Approval = { status: 'in_review', hash: post.contentHash, asked: true, channels };
      this.deps.repository.setApprovalIn(tx, post.id, approval);
      this.#say(tx, who, post, { kind: 'submitted', text: note ?? '' });
      this.deps.outbox.append(tx, postSubmitted, factsOf(post, who));
    });
  }

  /**
   * This content may go out; what waited for it goes on.
   * @param contentHash of what was looked at.
   * @throws ConflictError `stale_version` when the post says something else by now, `too_late` when nothing is left to approve.
   */
  async approve(who: Reviewer, postId: string, contentHash: string, comment?: string): Promise<void> {
    await this.#change(who, postId, async (tx, { post, runs }) => {
      requireSame(post, contentHash);
      if (isApproved(post.approval, contentHash)) return;
      stillOpen(post, runs);
      const { asked } = post.approval;
      const approval: Approval = {
        status: 'approved',
        hash: contentHash,
        ...this.#signed(who),
        ...(asked ? { asked } : {}),
      };
      this.deps.repository.setApprovalIn(tx, post.id, approval);
      this.deps.planner.approvedIn(tx, post.schedule.mode === 'now', runs);
      this.#say(tx, who, post, { kind: 'approved', text: comment ?? '', shared: who.via === 'link' });
      this.deps.outbox.append(tx, postApproved, decisionOf(post, who));
      this.#record(tx, who, post, 'post.approved');
    });
    this.deps.planner.kick(postId);
  }

  /**
   * Sends a post back; what waits for its time waits for an approval from now on.
   * @throws ConflictError as {@link approve}.
   */
  async requestChanges(who: Reviewer, postId: string, contentHash: string, comment: string): Promise<void> {
    await this.#change(who, postId, async (tx, { post, runs }) => {
      requireSame(post, contentHash);
      const channels = stillOpen(post, runs);
      this.deps.planner.heldIn(tx, runs);
      const approval: Approval = {
        status: 'changes_requested',
        hash: contentHash,
        ...this.#signed(who),
        asked: true,
        channels,
      };
      this.deps.repository.setApprovalIn(tx, post.id, approval);
      this.#say(tx, who, post, { kind: 'changes_requested', text: comment, shared: who.via === 'link' });
      this.deps.outbox.append(tx, postRejected, { ...decisionOf(post, who), comment: comment.slice(0, 300) });
      this.#record(tx, who, post, 'post.changes_requested');
    });
  }

  /** @returns the new comment's id. */
  async comment(who: Reviewer, postId: string, said: CommentRequest): Promise<string> {
    const earlier = await this.deps.reviews.comments(who.organizationId, postId, 100);
    const participants = [...new Set(earlier.flatMap(({ authorId }) => authorId ?? []))];
    let commentId = '';
    await this.deps.repository.db.run(async (tx) => {
      const post = await this.#post(tx, who, postId);
      const { text, anchor, shared } = said;
      commentId = this.#say(tx, who, post, { kind: 'comment', text, shared, anchor: anchor ?? null });
      this.deps.outbox.append(tx, postCommented, {
        ...decisionOf(post, who),
        commentId,
        excerpt: text.slice(0, 140),
        participants,
      });
    });
    return commentId;
  }

  async #change(
    who: Reviewer,
    postId: string,
    change: (tx: Tx, facts: Facts) => Promise<void>,
  ): Promise<void> {
    const { repository, planner } = this.deps;
    await repository.db.run(async (tx) => {
      const post = await this.#post(tx, who, postId);
      const runs = await planner.runsIn(tx, post);
      await change(tx, { post, runs });
    });
    await planner.rollUp(who.organizationId, postId);
  }

  async #post(tx: Tx, who: Reviewer, postId: string): Promise<Post> {
    const post = await this.deps.repository.getIn(tx, who.organizationId, postId);
    if (!post || post.status === 'deleted') throw new NotFoundError('This post');
    return post;
  }

  #signed(who: Reviewer): Pick<Approval, 'by' | 'byName' | 'via' | 'at'> {
    const { userId, name: byName, via } = who;
    return { byName, via, at: this.deps.clock.now(), ...(userId ? { by: userId } : {}) };
  }

  #say(tx: Tx, who: Reviewer, post: Post, said: Said): string {
    const id = this.deps.ids.next('cmt');
    this.deps.reviews.addCommentIn(tx, id, {
      organizationId: post.organizationId,
      postId: post.id,
      anchor: null,
      shared: false,
      ...said,
      authorId: who.userId,
      authorName: who.name,
      via: who.via,
      contentHash: post.contentHash,
      resolvedAt: null,
      resolvedBy: null,
    });
    return id;
  }

  #record(tx: Tx, who: Reviewer, post: Post, action: string): void {
    const { organizationId, userId, name: displayName, linkId = '', apiKeyId } = who;
    const actor = { organizationId, userId: userId ?? `link:${linkId}`, displayName };
    this.deps.audit.append(tx, apiKeyId ? { ...actor, apiKeyId } : actor, {
      action,
      target: { type: 'post', id: post.id, label: post.master.text.slice(0, 80) },
      facts: { contentHash: post.contentHash, via: who.via },
    });
  }
}

/** @throws ConflictError `stale_version` */
function requireSame(post: Post, contentHash: string): void {
  if (post.contentHash === contentHash) return;
  throw new ConflictError(
    'This post was changed since you opened it. Look at the newest version, then decide.',
    'stale_version',
    { details: { contentHash: post.contentHash } },
  );
}

/**
 * Channels of a post that are neither out nor on their way.
 * @throws ConflictError `too_late` when there is none.
 */
function stillOpen(post: Post, runs: readonly PlannedRun[]): string[] {
  const locked = new Set(runs.filter(isLocked).map((run) => run.connectionId));
  const open = post.channelIds.filter((id) => !locked.has(id));
  if (open.length > 0 || locked.size === 0) return open;
  throw new ConflictError('This post is already out or on its way. A review comes too late.', 'too_late');
}

function factsOf(post: Post, who: Reviewer) {
  const { id: postId, organizationId, authorId } = post;
  return { postId, organizationId, authorId, actorId: who.userId ?? `link:${who.linkId ?? ''}` };
}

function decisionOf(post: Post, who: Reviewer) {
  return { ...factsOf(post, who), actorName: who.name, via: who.via };
}
