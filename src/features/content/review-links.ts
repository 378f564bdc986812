import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { hashSecret } from '@/core/crypto/secrets';
import { ConflictError, NotFoundError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { hashPasscode } from './passcode';
import { requireVisible } from './references';
import type { ReviewDependencies } from './review-decisions';
import { type CreateLink, type LinkView, REVIEW_LIMITS, type ReviewLink } from './review-schema';

const DAY_MS = 24 * 3600_000;

/** Links for people without an account: made, listed and revoked by whoever may approve, since an approval may come through them. */
export class ReviewLinkService {
  constructor(
    readonly deps: ReviewDependencies,
    readonly appUrl: string,
  ) {}

  static getInstance(): ReviewLinkService {
    return singleton<ReviewLinkService>('ReviewLinkService');
  }

  /** @returns the address, which is not kept and not shown again. */
  async create(actor: Actor, postId: string, request: CreateLink): Promise<{ link: LinkView; url: string }> {
    const { reviews, ids, clock, audit, repository } = this.deps;
    await this.#visible(actor, postId);
    if ((await reviews.linksOf(actor.organizationId, postId)).length >= REVIEW_LIMITS.linksMax) {
      throw new ConflictError('This post has as many links as it may have. Revoke one first.');
    }
    const token = ids.secret();
    const hash = hashSecret(token);
    const linkId = ids.next('rl');
    const passcode = request.passcode ? await hashPasscode(request.passcode) : null;
    await repository.db.run(async (tx) => {
      tx.create(reviews.linkRef(hash), {
        organizationId: actor.organizationId,
        postId,
        linkId,
        label: request.label,
        createdBy: actor.userId,
        passcode,
        failures: 0,
        lockedUntil: null,
        revokedAt: null,
        openedAt: null,
        expiresAt: new Date(clock.now().getTime() + request.days * DAY_MS),
      });
      audit.append(tx, actor, {
        action: 'review_link.created',
        target: { type: 'review_link', id: linkId, label: request.label },
        facts: { postId, days: request.days, passcode: passcode !== null },
      });
    });
    const stored = await reviews.link(hash);
    if (!stored) throw new NotFoundError('This link');
    return { link: viewOf(stored), url: new URL(`/review/${token}`, this.appUrl).href };
  }

  /** Those that still open, newest first. */
  async list(actor: Actor, postId: string): Promise<{ items: LinkView[]; cursor: null }> {
    await this.#visible(actor, postId);
    const now = this.deps.clock.now();
    const links = await this.deps.reviews.linksOf(actor.organizationId, postId);
    const open = links.filter((link) => link.expiresAt > now);
    open.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    return { items: open.map(viewOf), cursor: null };
  }

  /** From now on it opens nothing. */
  async revoke(actor: Actor, postId: string, linkId: string): Promise<void> {
    const { reviews, clock, audit, repository } = this.deps;
    await this.#visible(actor, postId);
    const links = await reviews.linksOf(actor.organizationId, postId);
    const link = links.find((one) => one.linkId === linkId);
    if (!link) throw new NotFoundError('This link');
    await repository.db.run(async (tx) => {
      tx.update(reviews.linkRef(link.id), { revokedAt: clock.now() });
      audit.append(tx, actor, {
        action: 'review_link.revoked',
        target: { type: 'review_link', id: linkId, label: link.label },
        facts: { postId },
      });
    });
  }

  async #visible(actor: Actor, postId: string): Promise<void> {
    requireVisible(actor, await this.deps.repository.get(actor.organizationId, postId));
  }
}

function viewOf(link: ReviewLink): LinkView {
  const { linkId, label, createdAt, openedAt, expiresAt } = link;
  return { linkId, label, passcode: link.passcode !== null, createdAt, openedAt, expiresAt };
}
