import 'server-only';
import type { Db, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import {
  REVIEW_LIMITS,
  type ReviewComment,
  type ReviewLink,
  reviewCommentModel,
  reviewLinkModel,
} from './review-schema';

/** What is said about posts, and the links that let people in who have no account. */
export class ReviewRepository {
  constructor(readonly db: Db) {}

  commentRef(postId: string, id: string) {
    return this.db.doc(reviewCommentModel, id, { postId });
  }

  #commentsOf(organizationId: string, postId: string) {
    return this.db.collection(reviewCommentModel, { postId }).where('organizationId', '==', organizationId);
  }

  /** Newest first. */
  comments(organizationId: string, postId: string, limit: number): Promise<ReviewComment[]> {
    return this.db.find(this.#commentsOf(organizationId, postId).orderBy('createdAt', 'desc').limit(limit));
  }

  addCommentIn(tx: Tx, id: string, comment: NewDoc<typeof reviewCommentModel>): void {
    tx.create(this.commentRef(comment.postId, id), comment);
  }

  async comment(organizationId: string, postId: string, id: string): Promise<ReviewComment | null> {
    const found = await this.db.get(this.commentRef(postId, id));
    return found?.organizationId === organizationId ? found : null;
  }

  changeComment(postId: string, id: string, change: Pick<ReviewComment, 'resolvedAt' | 'resolvedBy'>) {
    return this.db.update(this.commentRef(postId, id), change);
  }

  deleteComment(postId: string, id: string): Promise<void> {
    return this.db.delete(this.commentRef(postId, id));
  }

  linkRef(hash: string) {
    return this.db.doc(reviewLinkModel, hash);
  }

  link(hash: string): Promise<ReviewLink | null> {
    return this.db.get(this.linkRef(hash));
  }

  createLink(hash: string, link: NewDoc<typeof reviewLinkModel>): Promise<void> {
    return this.db.create(this.linkRef(hash), link);
  }

  changeLink(hash: string, change: Partial<NewDoc<typeof reviewLinkModel>>): Promise<void> {
    return this.db.update(this.linkRef(hash), change);
  }

  /** Those that are not revoked; some may have ended. */
  linksOf(organizationId: string, postId: string): Promise<ReviewLink[]> {
    return this.db.find(
      this.db
        .collection(reviewLinkModel)
        .where('organizationId', '==', organizationId)
        .where('postId', '==', postId)
        .where('revokedAt', '==', null)
        .limit(REVIEW_LIMITS.linksMax),
    );
  }

  /** A deleted draft takes what was said about it along. Repeatable. */
  async forget(organizationId: string, postId: string): Promise<void> {
    for (;;) {
      const comments = await this.comments(organizationId, postId, 100);
      const links = await this.linksOf(organizationId, postId);
      if (comments.length + links.length === 0) return;
      await this.db.run(async (tx) => {
        for (const { id } of comments) tx.delete(this.commentRef(postId, id));
        for (const { id } of links) tx.delete(this.linkRef(id));
      });
    }
  }
}
