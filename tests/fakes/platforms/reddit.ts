import type { Clock } from '@/core/time/clock';
import { bearer, FakeOAuth } from './oauth-server';
import { galleryBody, submitForm } from './reddit-forms';
import { bare, RedditInbox } from './reddit-inbox';
import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  must,
  type NetworkFault,
  nextId,
  type SeenPost,
} from './server';

interface Asset {
  id: string;
  key: string;
  mime: string;
  bytes: number;
}
interface Post {
  name: string;
  kind: string;
  subreddit: string;
  title: string;
  text: string;
  url: string;
  flairId: string | undefined;
  media: Asset[];
  at: number;
  /** Looks at the list before it shows. */
  looks: number;
}
interface Comment {
  name: string;
  parent: string;
  text: string;
  at: number;
}

const done = (data: unknown): FakeAnswer => ({ status: 200, body: { json: { errors: [], data } } });
/** As Reddit says no: with 200. */
const no = (code: string, sentence: string, more: object = {}): FakeAnswer => ({
  status: 200,
  body: { json: { errors: [[code, sentence, 'sr']], ...more } },
});
/** Reddit's OAuth and Data API as far as publishing needs them. */
export class FakeReddit extends FakeNetwork {
  readonly user = { id: 'abc12', name: 'irisync_test' };
  readonly clientId = 'reddit-client';
  readonly clientSecret = 'reddit-client-secret';
  readonly oauth: FakeOAuth;
  readonly assets = new Map<string, Asset>();
  readonly submissions = new Map<string, Post>();
  readonly comments = new Map<string, Comment>();
  readonly inbox = new RedditInbox(this.clock);
  readonly agents = new Set<string>();
  communities = ['gardening', 'whatsthisplant', 'irises'];
  requirements: Record<string, unknown> = {};
  /** Posts of files are shown without their text. */
  bareFiles = false;
  /** Answers every new post instead. */
  refusePosts: FakeAnswer | undefined;

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), {
      accessSeconds: 86_400,
      pkceRequired: false,
      lasting: true,
    });
  }

  /** Somebody comments on a post. @returns the name of what they wrote. */
  hear(author: string, text: string, on: string): string {
    return this.inbox.hear(author, text, on);
  }

  posts(): SeenPost[] {
    const posts = [...this.submissions.values()].map((post) => ({
      id: post.name,
      text: post.text,
      replyTo: undefined,
      media: post.media.map(({ mime, bytes }) => ({ alt: '', mime, bytes })),
    }));
    const comments = [...this.comments.values()].map((one) => ({
      id: one.name,
      text: one.text,
      replyTo: one.parent,
      media: [],
    }));
    return [...posts, ...comments];
  }

  protected pointOf({ path }: FakeRequest): FaultPoint {
    if (path === '/api/v1/access_token') return 'token';
    if (path.startsWith('/api/submit') || path === '/api/comment') return 'commit';
    return path === '/api/media/asset.json' || path === '/store' ? 'upload' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return bare(503, 'Service Unavailable');
    if (kind === 'unauthorized') return bare(401, 'Unauthorized');
    if (kind === 'reject') return no('SUBREDDIT_NOTALLOWED', "You aren't allowed to post there.");
    return {
      ...bare(429, 'Too Many Requests'),
      headers: {
        'x-ratelimit-used': '1000',
        'x-ratelimit-remaining': '0.0',
        'x-ratelimit-reset': '45',
        ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
      },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path, query, headers } = request;
    if (path === '/api/v1/authorize') {
      must(query.get('duration') === 'permanent', bare(400, 'Bad Request'));
      return this.oauth.authorize(query);
    }
    if (path === '/store') return await this.#store(request);
    const agent = headers.get('user-agent') ?? '';
    this.agents.add(agent);
    // General names are throttled: ours must be its own.
    must(/^web:[\w-]+:v\d/.test(agent), bare(429, 'Too Many Requests'));
    if (path === '/api/v1/access_token' || path === '/api/v1/revoke_token') return this.#token(request);
    must(this.oauth.accepts(bearer(headers)), bare(401, 'Unauthorized'));
    must(query.get('raw_json') === '1', bare(400, 'The fake wants raw_json.'));
    const rate = { 'x-ratelimit-used': '4', 'x-ratelimit-remaining': '996.0', 'x-ratelimit-reset': '312' };
    return { ...this.#call(request), headers: rate };
  }

  #token(request: FakeRequest): FakeAnswer {
    const expected = `Basic ${Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')}`;
    must(request.headers.get('authorization') === expected, bare(401, 'Unauthorized'));
    const form = request.form();
    if (request.path.endsWith('revoke_token')) {
      this.oauth.revoke(form.token);
      return { status: 204 };
    }
    if (form.grant_type === 'refresh_token') {
      const renewed = this.oauth.refresh(form.refresh_token);
      must(renewed, bare(400, 'Bad Request'));
      return { status: 200, body: this.oauth.body(renewed) };
    }
    const grant = this.oauth.exchange(form);
    must(grant, { status: 200, body: { error: 'invalid_grant' } });
    return { status: 200, body: this.oauth.body(grant) };
  }

  #call(request: FakeRequest): FakeAnswer {
    const { path, query } = request;
    switch (path) {
      case '/api/v1/me':
        return {
          status: 200,
          body: {
            ...this.user,
            icon_img: 'https://styles.redditmedia.com/a.png',
            subreddit: { subscribers: 321 },
          },
        };
      case '/api/media/asset.json':
        return this.#lease(request.form());
      case '/api/submit':
        return this.#submit(request.form());
      case '/api/submit_gallery_post.json':
        return this.#gallery(request.json());
      case '/api/comment':
        return this.#comment(request.form());
      case '/api/del':
        this.submissions.delete(request.form().id ?? '');
        this.comments.delete(request.form().id ?? '');
        return { status: 200, body: {} };
      case '/api/editusertext':
        return this.#edit(request.form());
      case '/api/info': {
        const post = this.submissions.get(query.get('id') ?? '');
        return this.#listing(post ? [this.#public(post)] : []);
      }
      case '/message/inbox':
        return this.inbox.list(query);
      case '/subreddits/mine/subscriber': {
        const from = Number(query.get('after') ?? 0);
        const page = this.communities
          .slice(from, from + 2)
          .map((name) => ({ display_name: name, icon_img: '' }));
        return this.#listing(page, from + 2 < this.communities.length ? String(from + 2) : null);
      }
      default:
        return this.#paths(path);
    }
  }

  #paths(path: string): FakeAnswer {
    if (path === `/user/${this.user.name}/submitted`) {
      const shown = [...this.submissions.values()].filter((post) => {
        post.looks -= 1;
        return post.looks < 0;
      });
      return this.#listing(shown.reverse().map((post) => this.#public(post)));
    }
    if (path === `/user/${this.user.name}/comments`)
      return this.#listing([...this.comments.values()].reverse().map((one) => this.#publicComment(one)));
    const [, named] = /^\/api\/v1\/(\w+)\/post_requirements$/.exec(path) ?? [];
    if (named)
      return this.communities.includes(named)
        ? { status: 200, body: this.requirements }
        : bare(403, 'Forbidden');
    if (/^\/r\/\w+\/about\/rules$/.test(path))
      return {
        status: 200,
        body: {
          rules: [
            { short_name: 'Be kind', kind: 'all' },
            { short_name: 'Comments in English', kind: 'comment' },
            { short_name: 'Name the plant', kind: 'link' },
          ],
        },
      };
    if (path === '/r/gardening/api/link_flair_v2')
      return {
        status: 200,
        body: [
          { id: 'f1', text: 'Question' },
          { id: 'f2', text: 'Announcement', mod_only: true },
        ],
      };
    return bare(path.includes('link_flair') ? 403 : 404, 'Not Found');
  }

  #lease(form: Record<string, string>): FakeAnswer {
    must(form.filepath && form.mimetype, bare(400, 'Bad Request'));
    const asset: Asset = { id: nextId('asset'), key: `rte/${nextId()}`, mime: form.mimetype, bytes: 0 };
    this.assets.set(asset.id, asset);
    return {
      status: 200,
      body: {
        args: {
          action: `${this.url}/store`,
          fields: [
            { name: 'key', value: asset.key },
            { name: 'policy', value: 'cG9saWN5' },
            { name: 'x-amz-signature', value: 'abc' },
          ],
        },
        asset: { asset_id: asset.id, processing_state: 'incomplete', websocket_url: 'wss://ws.example/x' },
      },
    };
  }

  async #store(request: FakeRequest): Promise<FakeAnswer> {
    const form = await request.multipart();
    const asset = [...this.assets.values()].find(({ key }) => key === form.get('key'));
    const file = form.get('file') as File | null;
    must(asset && file && form.get('policy') && [...form.keys()].at(-1) === 'file', {
      status: 403,
      raw: '<Error><Code>AccessDenied</Code></Error>',
    });
    must(file.type === asset.mime, { status: 403, raw: '<Error/>' });
    asset.bytes = file.size;
    return { status: 201, raw: `<PostResponse><Key>${asset.key}</Key></PostResponse>` };
  }

  #byUrl(url: string | undefined): Asset {
    const asset = [...this.assets.values()].find(({ key }) => `${this.url}/store/${key}` === url);
    must(asset && asset.bytes > 0, no('INVALID_URL', 'That is not a valid image.'));
    return asset;
  }

  #place(sr: string): void {
    must(!this.refusePosts, this.refusePosts ?? { status: 500 });
    const known = this.communities.includes(sr) || sr === `u_${this.user.name}`;
    must(known, no('SUBREDDIT_NOEXIST', "Hmm, that community doesn't exist."));
  }

  #submit(form: Record<string, string>): FakeAnswer {
    const parsed = submitForm.safeParse(form);
    must(parsed.success, bare(400, `Bad Request ${parsed.error?.message ?? ''}`));
    const { sr, title, kind, text = '', url = '', flair_id: flairId, video_poster_url: poster } = parsed.data;
    this.#place(sr);
    const files = kind === 'image' || kind === 'video' ? [this.#byUrl(url)] : [];
    if (kind === 'video') must(this.#byUrl(poster).mime === 'image/png', no('INVALID_URL', 'No poster.'));
    must(kind !== 'link' || url, no('NO_URL', 'A url is required.'));
    const post = this.#make({ kind, sr, title, text, url, flairId, media: files });
    if (files.length > 0) {
      post.looks = 1;
      return done({
        user_submitted_page: `https://www.reddit.com/user/${this.user.name}/submitted/`,
        websocket_url: 'wss://ws.example/x',
      });
    }
    return done({ url: this.#link(post), id: post.name.slice(3), name: post.name, drafts_count: 0 });
  }

  #gallery(body: unknown): FakeAnswer {
    const parsed = galleryBody.safeParse(body);
    must(parsed.success, bare(400, `Bad Request ${parsed.error?.message ?? ''}`));
    const { sr, title, text = '', items, flair_id: flairId } = parsed.data;
    this.#place(sr);
    const media = items.map(({ media_id: id }) => {
      const asset = this.assets.get(id);
      must(asset && asset.bytes > 0, no('INVALID_MEDIA', 'Invalid media asset.'));
      return asset;
    });
    const post = this.#make({ kind: 'gallery', sr, title, text, url: '', flairId, media });
    return done({ url: this.#link(post), id: post.name });
  }

  #make(of: {
    kind: string;
    sr: string;
    title: string;
    text: string;
    url: string;
    flairId: string | undefined;
    media: Asset[];
  }): Post {
    const { sr: subreddit, ...rest } = of;
    const name = `t3_${nextId('p')}`;
    const post: Post = { name, subreddit, ...rest, at: this.clock.now().getTime() / 1_000, looks: 0 };
    this.submissions.set(name, post);
    return post;
  }

  #comment(form: Record<string, string>): FakeAnswer {
    const { thing_id: parent = '', text = '' } = form;
    must(
      this.submissions.has(parent) || this.inbox.has(parent),
      no('DELETED_LINK', 'The link you are commenting on has been deleted.'),
    );
    const one: Comment = { name: `t1_${nextId('c')}`, parent, text, at: this.clock.now().getTime() / 1_000 };
    this.comments.set(one.name, one);
    return done({ things: [{ kind: 't1', data: this.#publicComment(one) }] });
  }

  #edit(form: Record<string, string>): FakeAnswer {
    const post = this.submissions.get(form.thing_id ?? '') ?? this.comments.get(form.thing_id ?? '');
    must(post, bare(404, 'Not Found'));
    must(!('kind' in post) || post.kind === 'self', bare(403, 'Forbidden'));
    post.text = form.text ?? '';
    return done({ things: [] });
  }

  #link(post: Post): string {
    return `https://www.reddit.com/r/${post.subreddit}/comments/${post.name.slice(3)}/a_post/`;
  }

  #public(post: Post) {
    return {
      name: post.name,
      title: post.title,
      selftext: this.bareFiles && post.media.length > 0 ? '' : post.text,
      // Names are shown in the case their community chose.
      subreddit: post.subreddit.toUpperCase(),
      url: post.url || this.#link(post),
      permalink: new URL(this.#link(post)).pathname,
      is_self: post.kind === 'self',
      created_utc: post.at,
      score: 5,
      num_comments: 1,
      num_crossposts: 2,
      view_count: null,
    };
  }

  #publicComment(one: Comment) {
    return {
      name: one.name,
      body: one.text,
      parent_id: one.parent,
      permalink: `/r/x/comments/${one.parent.slice(3)}/a_post/${one.name.slice(3)}/`,
      created_utc: one.at,
    };
  }

  #listing(items: unknown[], after: string | null = null): FakeAnswer {
    return {
      status: 200,
      body: { kind: 'Listing', data: { after, children: items.map((data) => ({ kind: 't3', data })) } },
    };
  }
}
