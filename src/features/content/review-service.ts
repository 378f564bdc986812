import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import { ForbiddenError, NotFoundError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { PostWithRuns } from './answer-schema';
import { summaryOf } from './post-shape';
import { requireVisible } from './references';
import type { ReviewDecisions, Reviewer } from './review-decisions';
import type {
  ApproveRequest,
  CommentRequest,
  RequestChanges,
  ReviewComment,
  SubmitRequest,
} from './review-schema';
import type { Post } from './schema';

const THREAD = 500;

/** Review by members: ask for it, approve, ask for changes, talk about it. */
export class ReviewService {
  constructor(readonly decisions: ReviewDecisions) {}

  static getInstance(): ReviewService {
    return singleton<ReviewService>('ReviewService');
  }

  async submit(actor: Actor, id: string, { note }: SubmitRequest): Promise<PostWithRuns> {
    await this.#visible(actor, id);
    await this.decisions.submit(memberOf(actor), id, note);
    return this.#answer(actor, id);
  }

  async approve(actor: Actor, id: string, { contentHash, comment }: ApproveRequest): Promise<PostWithRuns> {
    await this.#visible(actor, id);
    await this.decisions.approve(memberOf(actor), id, contentHash, comment);
    return this.#answer(actor, id);
  }

  async requestChanges(
    actor: Actor,
    id: string,
    { contentHash, comment }: RequestChanges,
  ): Promise<PostWithRuns> {
    await this.#visible(actor, id);
    await this.decisions.requestChanges(memberOf(actor), id, contentHash, comment);
    return this.#answer(actor, id);
  }

  /** The whole thread, oldest first; the newest 500 of a very long one. */
  async comments(actor: Actor, id: string): Promise<Page<ReviewComment>> {
    await this.#visible(actor, id);
    const items = await this.decisions.deps.reviews.comments(actor.organizationId, id, THREAD);
    return { items: items.reverse(), cursor: null };
  }

  async comment(actor: Actor, id: string, request: CommentRequest): Promise<ReviewComment> {
    await this.#visible(actor, id);
    return this.#comment(actor, id, await this.decisions.comment(memberOf(actor), id, request));
  }

  async resolve(actor: Actor, id: string, commentId: string, resolved: boolean): Promise<ReviewComment> {
    await this.#visible(actor, id);
    await this.#comment(actor, id, commentId);
    const resolvedAt = resolved ? this.decisions.deps.clock.now() : null;
    await this.decisions.deps.reviews.changeComment(id, commentId, {
      resolvedAt,
      resolvedBy: resolved ? actor.userId : null,
    });
    return this.#comment(actor, id, commentId);
  }

  /** Own words may be taken back; decisions stand. */
  async deleteComment(actor: Actor, id: string, commentId: string): Promise<void> {
    await this.#visible(actor, id);
    const { authorId, kind } = await this.#comment(actor, id, commentId);
    const own = authorId === actor.userId || actor.permissions.has('content.manage');
    if (!own || kind !== 'comment') throw new ForbiddenError('Only your own comments can be deleted.');
    await this.decisions.deps.reviews.deleteComment(id, commentId);
  }

  /** A post is gone for good: what was said about it goes too. Repeatable. */
  async forget(organizationId: string, postId: string): Promise<void> {
    if (await this.decisions.deps.repository.get(organizationId, postId)) return;
    await this.decisions.deps.reviews.forget(organizationId, postId);
  }

  async #comment(actor: Actor, id: string, commentId: string): Promise<ReviewComment> {
    const found = await this.decisions.deps.reviews.comment(actor.organizationId, id, commentId);
    if (!found) throw new NotFoundError('This comment');
    return found;
  }

  async #visible(actor: Actor, id: string): Promise<Post> {
    return requireVisible(actor, await this.decisions.deps.repository.get(actor.organizationId, id));
  }

  async #answer(actor: Actor, id: string): Promise<PostWithRuns> {
    const { planner } = this.decisions.deps;
    const [post, runs] = await Promise.all([
      this.#visible(actor, id),
      planner.runsOf(actor.organizationId, id),
    ]);
    return { post, runs: runs.map(summaryOf) };
  }
}

function memberOf(actor: Actor): Reviewer {
  const { organizationId, userId, displayName, apiKeyId } = actor;
  return {
    organizationId,
    userId,
    name: displayName ?? userId,
    via: 'member',
    ...(apiKeyId ? { apiKeyId } : {}),
  };
}
