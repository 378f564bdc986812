import { FakeContainers } from './containers';
import { edgePage, graphError, objectMissing, stamp } from './meta';
import { type FakeAnswer, type FakeRequest, must } from './server';

/** The Threads API as far as publishing needs it. @see https://developers.facebook.com/docs/threads */
export class FakeThreads extends FakeContainers {
  readonly account = { id: '24001', username: 'irisync.threads' };
  protected readonly names = {
    make: 'threads',
    publish: 'threads_publish',
    status: 'status',
    reason: 'error_message',
    text: 'text',
    fields: new Set([
      'media_type',
      'text',
      'image_url',
      'video_url',
      'alt_text',
      'is_carousel_item',
      'children',
      'reply_to_id',
      'link_attachment',
    ]),
    kinds: ['TEXT', 'IMAGE', 'VIDEO', 'CAROUSEL'],
    carouselMax: 20,
  };

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { method, query } = request;
    if (request.path === '/oauth/authorize') return this.tokens.authorize(query);
    if (request.path === '/oauth/access_token') return this.#exchange(request);
    if (request.path === '/access_token') return this.#lengthen(query);
    if (request.path === '/refresh_access_token') return this.#renew(query);
    this.requireToken(request);
    const path = /^\/v\d+\.\d+\/(.*)$/.exec(request.path)?.[1];
    must(path, graphError(400, 2500, 'Unknown path components'));
    const { id, username } = this.account;
    if (path === 'me')
      return { status: 200, body: { id, username, name: 'IriSync on Threads', is_verified: false } };
    if (path === `${id}/threads_publishing_limit`) return this.#limit();
    if (path === `${id}/threads_publish` && method === 'POST') return this.publish(request);
    if (path === `${id}/threads` && method === 'POST') return await this.make(request);
    if (path === `${id}/threads`) return this.#list(false);
    if (path === `${id}/replies`) return this.#list(true);
    if (path === `${id}/mentions`) return this.#mentions(request);
    if (path === `${id}/threads_insights`)
      return this.insights(query.get('metric') ?? '', { followers_count: 41 });
    return this.#one(method, path, query);
  }

  #exchange(request: FakeRequest): FakeAnswer {
    const form = request.form();
    must(form.client_secret === this.appSecret, graphError(400, 101, 'Error validating client secret.'));
    return {
      status: 200,
      body: { access_token: this.tokens.exchange(form).token, user_id: this.account.id },
    };
  }

  #lengthen(query: URLSearchParams): FakeAnswer {
    must(
      query.get('grant_type') === 'th_exchange_token' && query.get('client_secret') === this.appSecret,
      graphError(400, 100, 'Invalid parameter'),
    );
    return tokenBody(this.tokens.lengthen(query.get('access_token') ?? '').token);
  }

  #renew(query: URLSearchParams): FakeAnswer {
    must(query.get('grant_type') === 'th_refresh_token', graphError(400, 100, 'Invalid parameter'));
    return tokenBody(this.tokens.renew(query.get('access_token') ?? '').token);
  }

  #limit(): FakeAnswer {
    const posts = [...this.published.values()];
    const replies = posts.filter((post) => post.replyTo).length;
    const entry = {
      quota_usage: posts.length - replies,
      config: { quota_total: 250, quota_duration: 86_400 },
      reply_quota_usage: replies,
      reply_config: { quota_total: 1_000, quota_duration: 86_400 },
    };
    return { status: 200, body: { data: [entry] } };
  }

  #list(replies: boolean): FakeAnswer {
    const data = [...this.published.values()]
      .filter((post) => (post.replyTo !== undefined) === replies)
      .reverse()
      .map((post) => ({
        id: post.id,
        text: post.text,
        timestamp: stamp(post.createdAt),
        has_replies: this.#below(post.id).length > 0,
        permalink: `https://www.threads.net/@${this.account.username}/post/${post.id}`,
        ...(post.replyTo ? { replied_to: { id: post.replyTo } } : {}),
      }));
    return { status: 200, body: { data } };
  }

  /** Everything below a post, however deep, newest first. */
  #below(postId: string) {
    const page = (name: string, id: string) => `https://www.threads.net/@${name}/post/${id}`;
    const others = [...this.heard.values()]
      .filter((one) => one.postId === postId)
      .map((one) => ({ ...one, username: one.from, replyTo: one.parent ?? postId, mine: false }));
    const places = new Set<string | undefined>([postId, ...others.map(({ id }) => id)]);
    const own = [...this.published.values()]
      .filter(({ replyTo }) => places.has(replyTo))
      .map((one) => ({ ...one, username: this.account.username, mine: true }));
    return [...others, ...own]
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id.localeCompare(a.id))
      .map((one) => ({
        id: one.id,
        text: one.text,
        timestamp: stamp(one.createdAt),
        username: one.username,
        permalink: page(one.username, one.id),
        replied_to: { id: one.replyTo },
        is_reply_owned_by_me: one.mine,
      }));
  }

  /** Posts and replies of others that name the account. */
  #mentions(request: FakeRequest): FakeAnswer {
    must(
      this.requireToken(request).scopes.includes('threads_manage_mentions'),
      graphError(400, 10, 'Application does not have permission for this action'),
    );
    const { query } = request;
    const since = Number(query.get('since') ?? 0);
    must(since === 0 || since >= 1_688_540_400, graphError(400, 100, 'Invalid since'));
    const named = this.heardNewestFirst()
      .filter(
        ({ text, createdAt }) =>
          text.includes(`@${this.account.username}`) && createdAt.getTime() >= since * 1000,
      )
      .map((one) => ({
        id: one.id,
        text: one.text,
        timestamp: stamp(one.createdAt),
        username: one.from,
        permalink: `https://www.threads.net/@${one.from}/post/${one.id}`,
      }));
    return {
      status: 200,
      body: edgePage(named, Number(query.get('limit') ?? 25), query.get('after'), this.url),
    };
  }

  #conversation(id: string, query: URLSearchParams): FakeAnswer {
    const all = this.#below(id);
    if (query.get('reverse') === 'false') all.reverse();
    return {
      status: 200,
      body: edgePage(all, Number(query.get('limit') ?? 25), query.get('after'), this.url),
    };
  }

  #one(method: string, path: string, query: URLSearchParams): FakeAnswer {
    const [id = '', edge] = path.split('/');
    const fields = query.get('fields') ?? '';
    if (this.containers.has(id) && method === 'GET') return this.status(id, fields);
    must(this.published.has(id), objectMissing(id));
    if (edge === 'conversation') return this.#conversation(id, query);
    if (method === 'DELETE') {
      this.published.delete(id);
      return { status: 200, body: { success: true, deleted_id: id } };
    }
    if (edge === 'insights')
      return this.insights(query.get('metric') ?? '', {
        views: 70,
        likes: 6,
        replies: 2,
        reposts: 1,
        quotes: 1,
        shares: 0,
      });
    return {
      status: 200,
      body: { id, permalink: `https://www.threads.net/@${this.account.username}/post/${id}` },
    };
  }
}

function tokenBody(token: string): FakeAnswer {
  return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: 60 * 86_400 } };
}
