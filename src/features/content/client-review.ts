import 'server-only';
import { z } from 'zod';
import type { EncryptionService } from '@/core/crypto/encryption';
import { hashSecret } from '@/core/crypto/secrets';
import { ForbiddenError, isSystemError, NotFoundError, RateLimitedError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { ChannelDirectory } from './channel-directory';
import { clientReviewOf } from './client-view';
import type { MediaAsset } from './media-schema';
import type { OpenedMedia } from './media-service';
import { isPasscode } from './passcode';
import type { ReviewDecisions, Reviewer } from './review-decisions';
import type { ClientAnswer, OpenedReview, ReviewLink } from './review-schema';
import type { Post } from './schema';

const CONTEXT = 'review_access';
/** The right passcode opens the page for a working day. */
const ACCESS_MS = 12 * 3600_000;
const TRIES = 5;
const LOCK_MS = 15 * 60_000;
const accessSchema = z.strictObject({ l: z.string(), e: z.number() });

/** What somebody with a link may see of other rooms. */
export interface ClientSources {
  channels: Pick<ChannelDirectory, 'connections'>;
  organizationName(organizationId: string): Promise<string>;
  assets(organizationId: string, ids: readonly string[]): Promise<MediaAsset[]>;
  /** @param width a preview at least this wide; null = the file itself. */
  open(organizationId: string, mediaId: string, width: number | null): Promise<OpenedMedia>;
}

interface Opened {
  link: ReviewLink;
  post: Post;
}

/**
 * Review by somebody outside: the link is all they have. A token that is wrong, over, revoked, or whose post is gone gets one and
 * the same answer.
 */
export class ClientReviewService {
  constructor(
    readonly decisions: ReviewDecisions,
    readonly sources: ClientSources,
    readonly encryption: EncryptionService,
  ) {}

  static getInstance(): ClientReviewService {
    return singleton<ClientReviewService>('ClientReviewService');
  }

  /** @throws NotFoundError */
  async open(token: string, access: string | undefined): Promise<OpenedReview> {
    const opened = await this.#opened(token);
    if (!(await this.#mayEnter(opened.link, access))) return { passcodeNeeded: true, review: null };
    const { link, post } = opened;
    const { reviews, clock, planner } = this.decisions.deps;
    if (!link.openedAt) await reviews.changeLink(link.id, { openedAt: clock.now() });
    const { organizationId } = link;
    const [connections, assets, comments, runs, organizationName] = await Promise.all([
      this.sources.channels.connections(organizationId, post.channelIds),
      this.sources.assets(organizationId, post.mediaIds),
      reviews.comments(organizationId, post.id, 200),
      planner.runsOf(organizationId, post.id),
      this.sources.organizationName(organizationId),
    ]);
    const facts = { link, post, connections, assets, comments, runs, organizationName, now: clock.now() };
    return { passcodeNeeded: false, review: clientReviewOf(facts) };
  }

  /**
   * @returns what later calls send as `access`.
   * @throws ForbiddenError for a wrong passcode; RateLimitedError after five in a row.
   */
  async unlock(token: string, passcode: string): Promise<{ access: string }> {
    const { link } = await this.#opened(token);
    const { reviews, clock } = this.decisions.deps;
    if (link.passcode === null) return { access: await this.#accessTo(link) };
    // Counted before it is checked, so that many guesses at once are not one guess.
    await this.#countTry(link.id);
    if (!(await isPasscode(passcode, link.passcode))) {
      throw new ForbiddenError('This passcode is not right. Ask whoever sent you the link.');
    }
    await reviews.changeLink(link.id, {
      failures: 0,
      lockedUntil: null,
      openedAt: link.openedAt ?? clock.now(),
    });
    return { access: await this.#accessTo(link) };
  }

  /** Comments, approves or asks for changes in the name the person gives. @returns the page as it is now. */
  async answer(token: string, access: string | undefined, said: ClientAnswer): Promise<OpenedReview> {
    const { link, post } = await this.#entered(token, access);
    const who: Reviewer = {
      organizationId: link.organizationId,
      userId: null,
      name: said.name,
      via: 'link',
      linkId: link.linkId,
    };
    const text = said.text ?? '';
    if (said.action === 'approve') await this.decisions.approve(who, post.id, said.contentHash, said.text);
    else if (said.action === 'request_changes')
      await this.decisions.requestChanges(who, post.id, said.contentHash, text);
    else await this.decisions.comment(who, post.id, { text, shared: true });
    return this.open(token, access);
  }

  /** A file of this very post. @throws NotFoundError for any other. */
  async media(
    token: string,
    mediaId: string,
    access: string | undefined,
    width: number | undefined,
  ): Promise<OpenedMedia> {
    const { link, post } = await this.#entered(token, access);
    if (!post.mediaIds.includes(mediaId)) throw new NotFoundError('This file');
    return this.sources.open(link.organizationId, mediaId, width ?? null);
  }

  async #opened(token: string): Promise<Opened> {
    const { reviews, repository, clock } = this.decisions.deps;
    const link = await reviews.link(hashSecret(token));
    const lives = link && !link.revokedAt && link.expiresAt > clock.now();
    const post = lives ? await repository.get(link.organizationId, link.postId) : null;
    if (!lives || !post || post.status === 'deleted') throw new NotFoundError('This link');
    return { link, post };
  }

  async #entered(token: string, access: string | undefined): Promise<Opened> {
    const opened = await this.#opened(token);
    if (await this.#mayEnter(opened.link, access)) return opened;
    throw new ForbiddenError('Enter the passcode first.');
  }

  async #mayEnter(link: ReviewLink, access: string | undefined): Promise<boolean> {
    if (link.passcode === null) return true;
    if (!access) return false;
    try {
      const { l, e } = accessSchema.parse(await this.encryption.decryptJson(access, CONTEXT));
      return l === link.linkId && e > this.decisions.deps.clock.now().getTime();
    } catch (error) {
      // While the key service is away the proof is not wrong.
      if (isSystemError(error) && error.code === 'service_unavailable') throw error;
      return false;
    }
  }

  #accessTo(link: ReviewLink): Promise<string> {
    const ends = this.decisions.deps.clock.now().getTime() + ACCESS_MS;
    return this.encryption.encryptJson({ l: link.linkId, e: ends }, CONTEXT);
  }

  async #countTry(hash: string): Promise<void> {
    const { repository, reviews, clock } = this.decisions.deps;
    const wait = await repository.db.run(async (tx) => {
      const link = await tx.get(reviews.linkRef(hash));
      const now = clock.now();
      if (!link) throw new NotFoundError('This link');
      if (link.lockedUntil && link.lockedUntil > now) return link.lockedUntil.getTime() - now.getTime();
      const failures = link.lockedUntil ? 1 : link.failures + 1;
      const lockedUntil = failures >= TRIES ? new Date(now.getTime() + LOCK_MS) : null;
      tx.update(reviews.linkRef(hash), { failures, lockedUntil });
      return 0;
    });
    if (wait > 0)
      throw new RateLimitedError(
        'Too many wrong passcodes. Wait a quarter of an hour, then try again.',
        Math.ceil(wait / 1000),
      );
  }
}
