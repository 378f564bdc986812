import 'server-only';
import { type Env, sandboxAllowed } from '@/core/config/env';
import { ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { metricsOf, type SandboxNetwork } from '@/features/platforms/sandbox/network';
import type {
  ConsentRequest,
  FeedPost,
  SandboxPost,
  SwitchesRequest,
  VisitorComment,
} from '@/features/platforms/sandbox/schema';
import type { SandboxStore } from '@/features/platforms/sandbox/store';

const PAGE = 30;
/** What may be shown by a browser as it is; anything else is handed out as a download. */
const SHOWABLE = /^(image\/(jpeg|png|webp|gif)|video\/(mp4|webm|quicktime))$/;

/** The sandbox network's own pages: consent, public feed, fault switches. */
export class SandboxService {
  static getInstance(): SandboxService {
    return singleton<SandboxService>('SandboxService');
  }

  constructor(
    readonly network: SandboxNetwork,
    readonly store: SandboxStore,
    readonly env: Pick<Env, 'NODE_ENV' | 'ALLOW_SANDBOX'>,
    readonly clock: Clock,
  ) {}

  consent(userId: string, request: ConsentRequest): Promise<{ redirectTo: string }> {
    this.#requireAllowed();
    return this.network.oauth.consent(userId, request);
  }

  /** Says yes at the consent page in a person's stead; for demos and tests. */
  consentFor(userId: string, handle: string, authorizationUrl: string): Promise<{ redirectTo: string }> {
    const query = new URL(authorizationUrl).searchParams;
    const value = (name: string) => query.get(name) ?? '';
    return this.consent(userId, {
      handle,
      clientId: value('client_id'),
      redirectUri: value('redirect_uri'),
      state: value('state'),
      scope: value('scope'),
      codeChallenge: value('code_challenge'),
      decision: 'allow',
    });
  }

  /** Public posts, newest first. */
  async feed(query: { handle?: string | undefined; cursor?: string | undefined }) {
    this.#requireAllowed();
    const before = query.cursor ? new Date(query.cursor) : null;
    if (before && Number.isNaN(before.getTime()))
      throw ValidationError.at('query.cursor', 'This cursor is not ours.');
    const posts = await this.store.feed(before, query.handle ?? null, PAGE);
    const now = this.clock.now();
    const visible = posts.filter((post) => post.visibleAt <= now);
    const last = posts.length === PAGE ? posts.at(-1) : undefined;
    return {
      sandbox: true as const,
      items: await Promise.all(visible.map((post) => this.#view(post, now))),
      cursor: last?.postedAt.toISOString() ?? null,
    };
  }

  /** Somebody who reads the feed writes under a post: what an inbox is tried out with. @throws NotFoundError */
  async comment(comment: VisitorComment): Promise<{ id: string }> {
    this.#requireAllowed();
    const parent = await this.store.post(comment.postId);
    if (parent?.visibility !== 'public' || parent.deletedAt) throw new NotFoundError('This post');
    return { id: (await this.network.comment(comment)).id };
  }

  /** A file as it was posted, streamed. */
  async media(id: string): Promise<Response> {
    this.#requireAllowed();
    const media = await this.store.media(id);
    if (!media) throw new NotFoundError('This file');
    const chunks = this.store.chunks(id, media.chunks)[Symbol.asyncIterator]();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
    });
    return new Response(body, {
      headers: {
        'content-type': SHOWABLE.test(media.mime) ? media.mime : 'application/octet-stream',
        'content-length': String(media.bytes),
        'content-disposition': SHOWABLE.test(media.mime) ? 'inline' : 'attachment',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
  }

  /** @throws NotFoundError for an account of somebody else: nobody can find out by asking. */
  async switches(userId: string, handle: string) {
    this.#requireAllowed();
    const account = await this.store.account(`u_${handle}`);
    if (account?.ownerUserId !== userId) throw new NotFoundError('This sandbox account');
    return { handle: account.handle, faults: account.faults, postsPerHour: account.postsPerHour };
  }

  async setSwitches(userId: string, request: SwitchesRequest) {
    await this.switches(userId, request.handle);
    await this.store.changeAccount(`u_${request.handle}`, (account) => ({
      ...account,
      faults: request.faults,
      ...(request.postsPerHour === undefined ? {} : { postsPerHour: request.postsPerHour }),
    }));
    if (request.revokeGrants) await this.network.oauth.revokeAll(`u_${request.handle}`);
    return await this.switches(userId, request.handle);
  }

  async #view(post: SandboxPost, now: Date): Promise<FeedPost> {
    const files = await Promise.all(post.mediaIds.map((id) => this.store.media(id)));
    const { likes, comments, shares, impressions } = metricsOf(post, now);
    return {
      id: post.id,
      handle: post.handle,
      displayName: post.displayName,
      text: post.text,
      title: post.title,
      media: files.flatMap((file) =>
        file
          ? [
              {
                id: file.id,
                mime: file.mime,
                altText: file.altText,
                url: `/api/sandbox-network/media/${file.id}`,
              },
            ]
          : [],
      ),
      replyTo: post.replyTo,
      rootId: post.rootId,
      postedAt: post.postedAt.toISOString(),
      edited: post.editedAt !== null,
      metrics: { likes, comments, shares, impressions },
    };
  }

  #requireAllowed(): void {
    if (sandboxAllowed(this.env as Env)) return;
    throw new ForbiddenError(
      'The sandbox is off here. Set ALLOW_SANDBOX=true to allow it.',
      'sandbox_disabled',
    );
  }
}
