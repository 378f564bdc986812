import { FakeContainers } from './containers';
import { edgePage, graphError, objectMissing, stamp } from './meta';
import { type FakeAnswer, type FakeRequest, must, nextId, type SeenPost } from './server';

interface Comment {
  id: string;
  mediaId: string;
  /** The comment it answers. */
  parent: string | undefined;
  text: string;
  createdAt: Date;
}

/** The Instagram API with Instagram Login as far as publishing needs it. @see https://developers.facebook.com/docs/instagram-platform */
export class FakeInstagram extends FakeContainers {
  readonly account = { id: '17841400000000001', username: 'irisync.pictures' };
  readonly comments = new Map<string, Comment>();
  quotaUsed = 3;
  protected readonly names = {
    make: 'media',
    publish: 'media_publish',
    status: 'status_code',
    reason: 'status',
    text: 'caption',
    fields: new Set([
      'media_type',
      'caption',
      'image_url',
      'video_url',
      'alt_text',
      'is_carousel_item',
      'children',
    ]),
    kinds: ['IMAGE', 'VIDEO', 'REELS', 'CAROUSEL'],
    carouselMax: 10,
  };

  override posts(): SeenPost[] {
    const comments = [...this.comments.values()].map((comment) => ({
      id: comment.id,
      text: comment.text,
      replyTo: comment.parent ?? comment.mediaId,
      media: [],
    }));
    return [...super.posts(), ...comments];
  }

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
      return {
        status: 200,
        body: { user_id: id, id: '901', username, name: 'IriSync Pictures', followers_count: 512 },
      };
    if (path === `${id}/content_publishing_limit`)
      return {
        status: 200,
        body: {
          data: [{ quota_usage: this.quotaUsed, config: { quota_total: 100, quota_duration: 86_400 } }],
        },
      };
    if (path === `${id}/media_publish` && method === 'POST') return this.publish(request);
    if (path === `${id}/media` && method === 'POST') return await this.make(request);
    if (path === `${id}/media`) return this.#list(query);
    if (path === `${id}/tags`) return this.#tags(request);
    if (path === `${id}/mentions` && method === 'POST') return this.#answerMention(request);
    return this.#one(request, path);
  }

  #exchange(request: FakeRequest): FakeAnswer {
    const form = request.form();
    must(form.client_secret === this.appSecret, {
      status: 400,
      body: { error_type: 'OAuthException', code: 400, error_message: 'Invalid platform app' },
    });
    const { token, scopes } = this.tokens.exchange(form);
    return {
      status: 200,
      body: { data: [{ access_token: token, user_id: this.account.id, permissions: scopes.join(',') }] },
    };
  }

  #lengthen(query: URLSearchParams): FakeAnswer {
    must(
      query.get('grant_type') === 'ig_exchange_token' && query.get('client_secret') === this.appSecret,
      graphError(400, 100, 'Invalid parameter'),
    );
    return tokenBody(this.tokens.lengthen(query.get('access_token') ?? '').token);
  }

  #renew(query: URLSearchParams): FakeAnswer {
    must(query.get('grant_type') === 'ig_refresh_token', graphError(400, 100, 'Invalid parameter'));
    return tokenBody(this.tokens.renew(query.get('access_token') ?? '').token);
  }

  #list(query: URLSearchParams): FakeAnswer {
    const wanted = /comments\.limit\((\d+)\)/.exec(query.get('fields') ?? '')?.[1];
    if (wanted) return this.#discussed(query, Number(wanted));
    const data = [...this.published.values()].reverse().map((post) => ({
      id: post.id,
      caption: post.text,
      timestamp: stamp(post.createdAt),
      permalink: `https://www.instagram.com/p/${post.id}/`,
    }));
    return { status: 200, body: { data } };
  }

  #one(request: FakeRequest, path: string): FakeAnswer {
    const { method, query } = request;
    const [id = '', edge] = path.split('/');
    if (this.containers.has(id) && method === 'GET') return this.status(id, query.get('fields') ?? '');
    if (edge === 'replies') return this.#replies(request, id);
    must(this.published.has(id), objectMissing(id));
    if (edge === 'comments')
      return method === 'POST' ? this.#comment(request, id) : this.#comments(query, id);
    if (edge === 'insights')
      return this.insights(query.get('metric') ?? '', {
        reach: 60,
        views: 88,
        likes: 9,
        comments: 2,
        shares: 1,
        saved: 4,
      });
    must(method === 'GET', graphError(400, 100, 'Unsupported delete request.'));
    return { status: 200, body: { id, permalink: `https://www.instagram.com/p/${id}/` } };
  }

  #comment(request: FakeRequest, mediaId: string): FakeAnswer {
    const { message } = request.form();
    must(message, graphError(400, 100, 'The parameter message is required'));
    return { status: 200, body: { id: this.#say(mediaId, undefined, message) } };
  }

  #say(mediaId: string, parent: string | undefined, text: string): string {
    const comment: Comment = { id: nextId('179'), mediaId, parent, text, createdAt: this.clock.now() };
    this.comments.set(comment.id, comment);
    return comment.id;
  }

  /** What stands below a comment; only one at the top takes answers. */
  #replies({ method, ...request }: FakeRequest, id: string): FakeAnswer {
    const heard = this.heard.get(id);
    const own = this.comments.get(id);
    must(heard ?? own, objectMissing(id));
    must(!heard?.parent && !own?.parent, graphError(400, 100, 'Answers cannot be answered'));
    if (method !== 'POST')
      return { status: 200, body: edgePage(this.#below(id), 25, request.query.get('after'), this.url) };
    const { message } = request.form();
    must(message, graphError(400, 100, 'The parameter message is required'));
    return { status: 200, body: { id: this.#say((heard?.postId ?? own?.mediaId) as string, id, message) } };
  }

  /** Newest first: comments at the top of a post, or what answers a comment. */
  #below(on: string) {
    const own = [...this.comments.values()].map((one) => ({ ...one, by: this.account, on: one.mediaId }));
    const others = [...this.heard.values()].map((one) => ({
      ...one,
      by: { id: `99${one.from.length}`, username: one.from },
      on: one.postId,
    }));
    return [...own, ...others]
      .filter((one) => (one.parent ? one.parent === on : one.on === on))
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id.localeCompare(a.id))
      .map((one) => ({
        id: one.id,
        text: one.text,
        timestamp: stamp(one.createdAt),
        username: one.by.username,
        from: one.by,
        ...(one.parent ? { parent_id: one.parent } : {}),
      }));
  }

  #threads(mediaId: string) {
    return this.#below(mediaId).map((one) => {
      const replies = this.#below(one.id);
      return { ...one, ...(replies.length > 0 ? { replies: edgePage(replies, 25, null, this.url) } : {}) };
    });
  }

  /** Posts of others that tag the account, in the picture or in the caption. */
  #tags(request: FakeRequest): FakeAnswer {
    must(
      this.requireToken(request).scopes.some((scope) => scope.includes('instagram_business_manage_comments')),
      graphError(400, 10, 'Application does not have permission for this action'),
    );
    const { query } = request;
    const tagged = this.heardNewestFirst()
      .filter(({ postId }) => postId === '')
      .map((one) => ({
        id: one.id,
        caption: one.text,
        timestamp: stamp(one.createdAt),
        username: one.from,
        permalink: `https://www.instagram.com/p/${one.id}/`,
      }));
    return {
      status: 200,
      body: edgePage(tagged, Number(query.get('limit') ?? 25), query.get('after'), this.url),
    };
  }

  /** Only captions and comments that name the account take answers; a tag in the picture does not. */
  #answerMention(request: FakeRequest): FakeAnswer {
    const { media_id: mediaId = '', message } = request.form();
    const post = this.heard.get(mediaId);
    must(post?.postId === '', objectMissing(mediaId));
    must(
      post.text.includes(`@${this.account.username}`),
      graphError(400, 100, 'The account is not mentioned in this media'),
    );
    must(message, graphError(400, 100, 'The parameter message is required'));
    return { status: 200, body: { id: this.#say(mediaId, undefined, message) } };
  }

  /** Posts with their comments. */
  #discussed(query: URLSearchParams, limit: number): FakeAnswer {
    const posts = [...this.published.keys()].reverse().map((id) => {
      const comments = this.#threads(id);
      return {
        id,
        permalink: `https://www.instagram.com/p/${id}/`,
        ...(comments.length > 0 ? { comments: edgePage(comments, limit, null, this.url) } : {}),
      };
    });
    return {
      status: 200,
      body: edgePage(posts, Number(query.get('limit') ?? 25), query.get('after'), this.url),
    };
  }

  #comments(query: URLSearchParams, mediaId: string): FakeAnswer {
    const limit = Number(query.get('limit') ?? 25);
    return { status: 200, body: edgePage(this.#threads(mediaId), limit, query.get('after'), this.url) };
  }
}

function tokenBody(token: string): FakeAnswer {
  return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: 60 * 86_400 } };
}
