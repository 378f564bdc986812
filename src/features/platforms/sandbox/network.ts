import 'server-only';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import { sandboxRules } from '@/features/platforms/rules/networks/sandbox';
import { addressees } from '@/features/platforms/sandbox/addressees';
import { type Sleep, takeFault, underFault } from '@/features/platforms/sandbox/faults';
import { SandboxOAuth } from '@/features/platforms/sandbox/oauth';
import type {
  FaultPoint,
  SandboxAccount,
  SandboxMedia,
  SandboxPost,
  VisitorComment,
} from '@/features/platforms/sandbox/schema';
import type { SandboxStore } from '@/features/platforms/sandbox/store';
import {
  Refusal,
  readJson,
  type SandboxAnswer,
  type SandboxRequest,
} from '@/features/platforms/sandbox/wire';

export interface SandboxNetworkDependencies {
  store: SandboxStore;
  clock: Clock;
  ids: Ids;
  /** Where the network's pages stand, for permalinks: the app's own address. */
  appUrl: string;
  /** Redirect addresses the network's one client may use. */
  redirectUris: readonly string[];
  sleep: Sleep;
}

const newPost = z.strictObject({
  text: z.string().default(''),
  title: z.string().max(100).optional(),
  mediaIds: z.array(z.string().max(100)).max(4).default([]),
  replyTo: z.string().max(100).optional(),
  clientKey: z.string().max(300).optional(),
  visibility: z.enum(['public', 'hidden']).default('public'),
});

/** Firestore documents end at 1 MiB. */
const CHUNK_BYTES = 700_000;
const VIDEO_PROCESSING_MS = 1_500;
const TEXT_MAX = sandboxRules.text.max.value;

/**
 * The practice network: a complete social network of its own with accounts, permissions, files, posts, threads, metrics and
 * faults on demand. It is labelled Sandbox wherever it shows and is refused in production unless `ALLOW_SANDBOX`.
 */
export class SandboxNetwork {
  readonly oauth: SandboxOAuth;

  constructor(readonly deps: SandboxNetworkDependencies) {
    this.oauth = new SandboxOAuth(deps);
  }

  /**
   * Answers one call.
   * @throws ConnectionBroken when the caller shall get no answer at all.
   */
  async handle(request: SandboxRequest): Promise<SandboxAnswer> {
    try {
      return await this.#route(request);
    } catch (error) {
      if (error instanceof Refusal) {
        return {
          status: error.status,
          headers: error.headers,
          body: { error: error.code, message: error.message },
        };
      }
      if (error instanceof z.ZodError) {
        return { status: 422, body: { error: 'invalid', message: z.prettifyError(error) } };
      }
      throw error;
    }
  }

  async #route(request: SandboxRequest): Promise<SandboxAnswer> {
    const { method, path } = request;
    if (method === 'POST' && path === '/oauth/token') return await this.#token(request);
    if (method === 'POST' && path === '/oauth/revoke')
      return await this.oauth.revoke(await readJson(request));
    const account = await this.oauth.authenticate(request.headers.get('authorization'));
    if (method === 'POST' && path === '/v1/posts') return await this.#create(request, account);
    if (method === 'POST' && path === '/v1/media') return await this.#upload(request, account);
    return await this.#read(request, account);
  }

  async #token(request: SandboxRequest): Promise<SandboxAnswer> {
    const body = await readJson(request);
    const accountId = await this.oauth.accountOf(body);
    const fault = accountId ? await takeFault(this.deps.store, accountId, 'token') : undefined;
    return await underFault(fault, () => this.oauth.token(body), this.deps.sleep, request.signal);
  }

  async #create(request: SandboxRequest, account: SandboxAccount): Promise<SandboxAnswer> {
    const input = newPost.parse(await readJson(request));
    const fault = await this.#fault(account, 'commit');
    return await underFault(fault, () => this.#post(account, input), this.deps.sleep, request.signal);
  }

  async #post(account: SandboxAccount, input: z.infer<typeof newPost>): Promise<SandboxAnswer> {
    const { store, clock, ids } = this.deps;
    const now = clock.now();
    const hasVideo = await this.#checkPost(account, input, now);
    const parent = input.replyTo ? await this.#own(input.replyTo) : null;
    const id = input.clientKey
      ? `p_${sha256(`${account.id}/${input.clientKey}`).slice(0, 24)}`
      : ids.next('p');
    const post: SandboxPost = {
      id,
      accountId: account.id,
      handle: account.handle,
      displayName: account.displayName,
      text: input.text,
      title: input.title ?? null,
      mediaIds: input.mediaIds,
      replyTo: parent?.id ?? null,
      ...addressees(account.id, parent, input.text),
      rootId: parent?.rootId ?? id,
      clientKey: input.clientKey ?? null,
      visibility: input.visibility,
      postedAt: now,
      visibleAt: new Date(now.getTime() + (hasVideo ? VIDEO_PROCESSING_MS : 0)),
      editedAt: null,
      deletedAt: null,
    };
    const created = await store.createPost(post);
    // Under a key the first post stands, whatever is sent again.
    const stored = created ? post : await store.post(id);
    return { status: created ? 201 : 200, body: this.#publicPost(stored ?? post) };
  }

  async #checkPost(account: SandboxAccount, input: z.infer<typeof newPost>, now: Date): Promise<boolean> {
    const { store } = this.deps;
    if (input.text.trim() === '' && input.mediaIds.length === 0) {
      throw new Refusal(422, 'empty', 'A post needs text or a file.');
    }
    if (input.text.length > TEXT_MAX)
      throw new Refusal(422, 'too_long', `A post has at most ${TEXT_MAX} characters.`);
    const files = await Promise.all(input.mediaIds.map((id) => store.media(id)));
    if (files.some((file) => file?.accountId !== account.id))
      throw new Refusal(422, 'media_unknown', 'A file is not there.');
    if (files.some((file) => file && file.readyAt > now))
      throw new Refusal(422, 'media_not_ready', 'A file is not ready.');
    const hasVideo = files.some((file) => file?.mime.startsWith('video/'));
    if (account.postsPerHour === null) return hasVideo;
    const recent = await store.postsOf(account.id, new Date(now.getTime() - 3_600_000), account.postsPerHour);
    const oldest = recent[account.postsPerHour - 1];
    if (!oldest) return hasVideo;
    const wait = Math.ceil((oldest.postedAt.getTime() + 3_600_000 - now.getTime()) / 1000);
    throw new Refusal(429, 'rate_limited', 'This account has posted enough for now.', {
      'retry-after': String(wait),
    });
  }

  async #upload(request: SandboxRequest, account: SandboxAccount): Promise<SandboxAnswer> {
    const fault = await this.#fault(account, 'upload');
    return await underFault(fault, () => this.#storeFile(request, account), this.deps.sleep, request.signal);
  }

  /** Streams the body into pieces; never holds more than one. */
  async #storeFile(request: SandboxRequest, account: SandboxAccount): Promise<SandboxAnswer> {
    const { store, clock, ids } = this.deps;
    const id = ids.next('m');
    const mime = request.headers.get('content-type') ?? 'application/octet-stream';
    const hash = createHash('sha256');
    let bytes = 0;
    let chunks = 0;
    for await (const piece of pieces(request.body, CHUNK_BYTES)) {
      hash.update(piece);
      bytes += piece.byteLength;
      await store.putChunk(id, chunks, piece);
      chunks += 1;
    }
    if (bytes === 0) throw new Refusal(422, 'empty_file', 'The file is empty.');
    const processing = mime.startsWith('video/') ? VIDEO_PROCESSING_MS : 0;
    const media: SandboxMedia = {
      id,
      accountId: account.id,
      mime,
      bytes,
      altText: decodeURIComponent(request.headers.get('x-alt-text') ?? '').slice(0, 1_000),
      sha256: hash.digest('hex'),
      chunks,
      readyAt: new Date(clock.now().getTime() + processing),
    };
    await store.createMedia(media);
    return { status: 201, body: this.#publicMedia(media) };
  }

  async #read(request: SandboxRequest, account: SandboxAccount): Promise<SandboxAnswer> {
    const { method, path, query } = request;
    const fault = await this.#fault(account, 'read');
    return await underFault(
      fault,
      async () => {
        if (method === 'GET' && path === '/v1/me') return { status: 200, body: this.#me(account) };
        if (method === 'GET' && path === '/v1/posts') return await this.#list(account, query);
        if (method === 'GET' && path === '/v1/inbox') return await this.#inbox(account, query);
        const [, kind, id = '', what] = /^\/v1\/(media|posts)\/([\w-]+)(?:\/(\w+))?$/.exec(path) ?? [];
        if (method === 'GET' && kind === 'media') return await this.#readMedia(account, id);
        if (kind === 'posts' && what === 'metrics')
          return { status: 200, body: metricsOf(await this.#mine(account, id), this.deps.clock.now()) };
        if (kind === 'posts' && method === 'GET')
          return { status: 200, body: this.#publicPost(await this.#mine(account, id)) };
        if (kind === 'posts' && method === 'DELETE') return await this.#delete(account, id);
        if (kind === 'posts' && method === 'PUT')
          return await this.#edit(account, id, await readJson(request));
        throw new Refusal(404, 'no_such_call', 'There is no such call.');
      },
      this.deps.sleep,
      request.signal,
    );
  }

  async #list(account: SandboxAccount, query: URLSearchParams): Promise<SandboxAnswer> {
    const since = new Date(query.get('since') ?? 0);
    if (Number.isNaN(since.getTime())) throw new Refusal(422, 'invalid', 'since is not an instant.');
    const key = query.get('clientKey');
    const posts = key
      ? [await this.deps.store.post(`p_${sha256(`${account.id}/${key}`).slice(0, 24)}`)]
      : await this.deps.store.postsOf(account.id, since, 50);
    const items = posts.filter((post): post is SandboxPost => post !== null && post.deletedAt === null);
    return { status: 200, body: { items: items.map((post) => this.#publicPost(post)) } };
  }

  /** What others wrote under this account's posts, or naming it. */
  async #inbox(account: SandboxAccount, query: URLSearchParams): Promise<SandboxAnswer> {
    const since = new Date(query.get('since') ?? 0);
    if (Number.isNaN(since.getTime())) throw new Refusal(422, 'invalid', 'since is not an instant.');
    const posts = await this.deps.store.notifying(account.id, since, 50);
    const items = posts
      .filter((post) => post.deletedAt === null)
      .map((post) => ({
        ...this.#publicPost(post),
        kind: post.parentAccountId === account.id ? 'comment' : 'mention',
        author: { id: post.accountId, handle: post.handle, displayName: post.displayName },
      }));
    return { status: 200, body: { items } };
  }

  /** A visitor of the feed writes under a post. @throws Refusal for a post that is not there. */
  async comment({ postId, name, text }: VisitorComment): Promise<SandboxPost> {
    const parent = await this.#own(postId);
    const { ids, clock, store } = this.deps;
    const now = clock.now();
    const handle = `guest_${sha256(name.toLowerCase()).slice(0, 8)}`;
    // No account has such an id: those begin with u_.
    const accountId = `v_${handle}`;
    const post: SandboxPost = {
      id: ids.next('p'),
      accountId,
      handle,
      displayName: name,
      text,
      title: null,
      mediaIds: [],
      replyTo: parent.id,
      ...addressees(accountId, parent, text),
      rootId: parent.rootId,
      clientKey: null,
      visibility: parent.visibility,
      postedAt: now,
      visibleAt: now,
      editedAt: null,
      deletedAt: null,
    };
    await store.createPost(post);
    return post;
  }

  async #readMedia(account: SandboxAccount, id: string): Promise<SandboxAnswer> {
    const media = await this.deps.store.media(id);
    if (media?.accountId !== account.id) throw new Refusal(404, 'not_found', 'There is no such file.');
    return { status: 200, body: this.#publicMedia(media) };
  }

  async #delete(account: SandboxAccount, id: string): Promise<SandboxAnswer> {
    await this.#mine(account, id);
    await this.deps.store.changePost(id, (post) => ({ ...post, deletedAt: this.deps.clock.now() }));
    return { status: 200, body: { deleted: true } };
  }

  async #edit(account: SandboxAccount, id: string, body: unknown): Promise<SandboxAnswer> {
    const { text } = z.strictObject({ text: z.string().min(1).max(TEXT_MAX) }).parse(body);
    await this.#mine(account, id);
    const post = await this.deps.store.changePost(id, (old) => ({
      ...old,
      text,
      editedAt: this.deps.clock.now(),
    }));
    return { status: 200, body: post ? this.#publicPost(post) : {} };
  }

  async #mine(account: SandboxAccount, id: string): Promise<SandboxPost> {
    const post = await this.#own(id);
    if (post.accountId !== account.id) throw new Refusal(404, 'not_found', 'There is no such post.');
    return post;
  }

  async #own(id: string): Promise<SandboxPost> {
    const post = await this.deps.store.post(id);
    if (!post || post.deletedAt) throw new Refusal(404, 'not_found', 'There is no such post.');
    return post;
  }

  #fault(account: SandboxAccount, point: FaultPoint) {
    return takeFault(this.deps.store, account.id, point);
  }

  #me(account: SandboxAccount) {
    return {
      id: account.id,
      handle: account.handle,
      displayName: account.displayName,
      url: `${this.deps.appUrl}/sandbox/feed?handle=${account.handle}`,
      followers: 40 + (Number.parseInt(sha256(account.id).slice(0, 4), 16) % 4_000),
      textMax: TEXT_MAX,
      sandbox: true,
    };
  }

  #publicPost(post: SandboxPost) {
    return {
      id: post.id,
      text: post.text,
      url: `${this.deps.appUrl}/sandbox/feed?handle=${post.handle}#${post.id}`,
      replyTo: post.replyTo,
      mediaIds: post.mediaIds,
      createdAt: post.postedAt.toISOString(),
      state: post.visibleAt > this.deps.clock.now() ? 'processing' : 'published',
      sandbox: true,
    };
  }

  #publicMedia(media: SandboxMedia) {
    return {
      id: media.id,
      state: media.readyAt > this.deps.clock.now() ? 'processing' : 'ready',
      bytes: media.bytes,
      sha256: media.sha256,
    };
  }
}

/** Numbers that grow as an audience notices a post: the same for everybody who asks at the same time, and never random. */
export function metricsOf(post: Pick<SandboxPost, 'id' | 'postedAt'>, now: Date) {
  const seed = Number.parseInt(sha256(post.id).slice(0, 8), 16) / 0xffffffff;
  const hours = Math.max(0, now.getTime() - post.postedAt.getTime()) / 3_600_000;
  const reached = 1 - Math.exp(-hours / 18);
  const impressions = Math.round((120 + seed * 4_000) * reached);
  return {
    impressions,
    likes: Math.round(impressions * (0.02 + seed * 0.04)),
    comments: Math.round(impressions * 0.004 * (1 + seed)),
    shares: Math.round(impressions * 0.006 * (2 - seed)),
    clicks: Math.round(impressions * 0.012),
  };
}

/** Equal pieces of a stream. Each byte is copied once. */
async function* pieces(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    let rest = chunk;
    while (length + rest.byteLength >= size) {
      const taken = size - length;
      yield Buffer.concat([...waiting, rest.subarray(0, taken)]);
      rest = rest.subarray(taken);
      waiting = [];
      length = 0;
    }
    if (rest.byteLength > 0) waiting.push(rest);
    length += rest.byteLength;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
