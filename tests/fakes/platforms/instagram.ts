import { FakeContainers } from './containers';
import { graphError, objectMissing } from './meta';
import { type FakeAnswer, type FakeRequest, must, nextId, type SeenPost } from './server';

interface Comment {
  id: string;
  mediaId: string;
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
      replyTo: comment.mediaId,
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
    if (path === `${id}/media`) return this.#list();
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

  #list(): FakeAnswer {
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
    must(this.published.has(id), objectMissing(id));
    if (edge === 'comments') return method === 'POST' ? this.#comment(request, id) : this.#comments(id);
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
    const comment: Comment = { id: nextId('179'), mediaId, text: message, createdAt: this.clock.now() };
    this.comments.set(comment.id, comment);
    return { status: 200, body: { id: comment.id } };
  }

  #comments(mediaId: string): FakeAnswer {
    const data = [...this.comments.values()]
      .filter((comment) => comment.mediaId === mediaId)
      .map((comment) => ({ id: comment.id, text: comment.text, timestamp: stamp(comment.createdAt) }));
    return { status: 200, body: { data } };
  }
}

/** Meta writes its instants as `2026-11-21T10:00:00+0000`. */
function stamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, '+0000');
}

function tokenBody(token: string): FakeAnswer {
  return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: 60 * 86_400 } };
}
