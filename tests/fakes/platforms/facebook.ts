import { createHmac } from 'node:crypto';
import { FacebookComments } from './facebook-comments';
import { attachments, offsets, type Photo, type Video, videoState } from './facebook-media';
import { FakeGraph, graphError, objectMissing, stamp } from './meta';
import { bearer } from './oauth-server';
import { type FakeAnswer, type FakeRequest, type FaultPoint, must, nextId, type SeenPost } from './server';

interface Post {
  id: string;
  message: string;
  link: string | undefined;
  photos: Photo[];
  createdAt: Date;
}
const YEARS_MS = 10 * 365 * 86_400_000;

/** The Graph API of Facebook Pages as far as publishing needs it. @see https://developers.facebook.com/docs/pages-api */
export class FakeFacebook extends FakeGraph {
  readonly pages = [
    { id: '1001', name: 'Iris Garden', tasks: ['CREATE_CONTENT', 'MANAGE'] },
    { id: '1002', name: 'Iris Shop', tasks: ['CREATE_CONTENT'] },
    { id: '1003', name: 'Only to look at', tasks: ['ANALYZE'] },
  ];
  readonly photos = new Map<string, Photo>();
  readonly videos = new Map<string, Video>();
  readonly feed = new Map<string, Post>();
  readonly comments = new FacebookComments(this.clock, this.pages, () => this.url);
  /** Permissions a person unticks. */
  declined: string[] = [];
  failVideos = false;
  readonly #pageTokens = new Map<string, string>();

  /** Somebody comments on a post of the Page, or on a comment there. @returns the id of what they wrote. */
  hear(name: string, message: string, on: string): string {
    return this.comments.hear(name, message, on);
  }

  posts(): SeenPost[] {
    const feed = [...this.feed.values()].map((post) => ({
      id: post.id,
      text: post.message,
      replyTo: undefined,
      media: post.photos.map(({ alt, mime, bytes }) => ({ alt, mime, bytes })),
    }));
    const videos = [...this.videos.values()].filter((video) => this.#isOut(video) && !video.gone);
    return [
      ...feed,
      ...videos.map((video) => ({
        id: video.id,
        text: video.description,
        replyTo: undefined,
        media: [{ alt: '', mime: 'video/mp4', bytes: video.received }],
      })),
      ...this.comments.own(),
    ];
  }

  #isOut(video: Video): boolean {
    return video.finished && !video.failed && video.polls < 0;
  }

  protected pointOf(request: FakeRequest): FaultPoint {
    const { method, path } = request;
    if (path.endsWith('/oauth/access_token')) return 'token';
    if (method !== 'POST') return 'read';
    if (/\/(feed|comments)$/.test(path)) return 'commit';
    if (/\/(videos|video_reels)$/.test(path))
      return request.bytes.includes('upload_phase=finish') ? 'commit' : 'upload';
    return path.endsWith('/photos') || path.startsWith('/video-upload/') ? 'upload' : 'read';
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { query } = request;
    if (request.path.startsWith('/video-upload/')) return this.#receiveReel(request);
    const path = /^\/v\d+\.\d+\/(.*)$/.exec(request.path)?.[1];
    must(path, graphError(400, 2500, 'Unknown path components'));
    if (path === 'dialog/oauth') return this.tokens.authorize(query);
    if (path === 'oauth/access_token') return this.#token(request);
    const token = this.requireToken(request);
    const proof = createHmac('sha256', this.appSecret).update(bearer(request.headers)).digest('hex');
    must(
      query.get('appsecret_proof') === proof,
      graphError(400, 100, 'Invalid appsecret_proof provided in the API argument'),
    );
    if (path === 'me/permissions') return this.#permissions(token.scopes);
    if (path === 'me/accounts') return this.#accounts(token.scopes, query);
    const page = this.#pageTokens.get(token.token);
    must(page, graphError(403, 200, 'A page access token is required'));
    const [id = '', edge] = path.split('/');
    if (id === page) return await this.#onPage(request, page, edge, token.scopes);
    return this.#onObject(request, page, id, edge);
  }

  #token(request: FakeRequest): FakeAnswer {
    const form = request.form();
    must(
      form.client_id === this.appId && form.client_secret === this.appSecret,
      graphError(400, 101, 'Error validating client secret.'),
    );
    const token =
      form.grant_type === 'fb_exchange_token'
        ? this.tokens.lengthen(form.fb_exchange_token ?? '')
        : this.tokens.exchange(form);
    return { status: 200, body: { access_token: token.token, token_type: 'bearer', expires_in: 5_183_944 } };
  }

  #permissions(scopes: string[]): FakeAnswer {
    const data = scopes.map((permission) => ({
      permission,
      status: this.declined.includes(permission) ? 'declined' : 'granted',
    }));
    return { status: 200, body: { data } };
  }

  /** Two to a page, so that turning pages is tested. */
  #accounts(scopes: string[], query: URLSearchParams): FakeAnswer {
    const from = Number(query.get('after') ?? 0);
    const data = this.pages.slice(from, from + 2).map((page) => {
      const { token } = this.tokens.issue('page', YEARS_MS, scopes);
      this.#pageTokens.set(token, page.id);
      return {
        id: page.id,
        name: page.name,
        access_token: token,
        tasks: page.tasks,
        link: `https://www.facebook.com/${page.id}`,
        picture: { data: { url: `https://scontent.example/${page.id}.jpg` } },
        followers_count: 230,
      };
    });
    const more = from + 2 < this.pages.length;
    return {
      status: 200,
      body: {
        data,
        paging: { cursors: { after: String(from + 2) }, ...(more ? { next: `${this.url}/next` } : {}) },
      },
    };
  }

  async #onPage(
    request: FakeRequest,
    page: string,
    edge: string | undefined,
    scopes: readonly string[],
  ): Promise<FakeAnswer> {
    const { method } = request;
    if (method === 'GET' && !edge) {
      const known = this.pages.find(({ id }) => id === page);
      return { status: 200, body: { id: page, name: known?.name, followers_count: 230 } };
    }
    if (method === 'GET' && edge === 'published_posts')
      return request.query.get('fields')?.includes('comments.')
        ? this.comments.discussed(request.query, this.#postsOf(page), scopes)
        : this.#published(request.query);
    must(method === 'POST', graphError(400, 100, 'Unsupported get request.'));
    if (edge === 'photos') return await this.#photo(request);
    if (edge === 'feed') return this.#post(request, page);
    if (edge === 'videos') return await this.#video(request);
    must(edge === 'video_reels', graphError(400, 2500, 'Unknown path components'));
    return this.#reel(request);
  }

  async #photo(request: FakeRequest): Promise<FakeAnswer> {
    const form = await request.multipart();
    const file = form.get('source') as File | null;
    must(form.get('published') === 'false', graphError(400, 100, 'This photo would be public at once'));
    must(file && file.size > 0, graphError(400, 324, 'Missing or invalid image file'));
    const photo: Photo = {
      id: nextId('5'),
      alt: String(form.get('alt_text_custom') ?? ''),
      mime: file.type,
      bytes: file.size,
    };
    this.photos.set(photo.id, photo);
    return { status: 200, body: { id: photo.id } };
  }

  #post(request: FakeRequest, page: string): FakeAnswer {
    const form = request.form();
    const photos: Photo[] = [];
    for (const [name, value] of Object.entries(form)) {
      if (!name.startsWith('attached_media[')) {
        must(['message', 'link'].includes(name), graphError(400, 100, `Unknown parameter ${name}`));
        continue;
      }
      const { media_fbid: id } = JSON.parse(value) as { media_fbid: string };
      const photo = this.photos.get(id);
      must(photo, objectMissing(id));
      photos.push(photo);
    }
    must(form.message || form.link || photos.length > 0, graphError(400, 100, 'An empty post'));
    const message = form.message ?? '';
    const twin = [...this.feed.values()].some((post) => message !== '' && post.message === message);
    must(!twin, graphError(400, 506, 'Duplicate status message', 1455006));
    const post: Post = {
      id: `${page}_${nextId()}`,
      message,
      link: form.link,
      photos,
      createdAt: this.clock.now(),
    };
    this.feed.set(post.id, post);
    return {
      status: 200,
      body: { id: post.id },
      headers: {
        'x-business-use-case-usage': JSON.stringify({
          [page]: [{ type: 'pages', call_count: 28, total_cputime: 2, total_time: 5 }],
        }),
      },
    };
  }

  async #video(request: FakeRequest): Promise<FakeAnswer> {
    const type = request.headers.get('content-type') ?? '';
    if (type.startsWith('multipart/')) return await this.#transfer(await request.multipart());
    const form = request.form();
    if (form.upload_phase === 'start') {
      const video = this.#newVideo('video', Number(form.file_size));
      return {
        status: 200,
        body: { video_id: video.id, upload_session_id: video.session, ...offsets(video) },
      };
    }
    must(form.upload_phase === 'finish', graphError(400, 100, 'Invalid upload_phase'));
    const video = this.#session(form.upload_session_id);
    must(video.received === video.size, graphError(400, 6000, 'The upload is not complete', 1363033));
    return this.#finish(video, form.description);
  }

  async #transfer(form: FormData): Promise<FakeAnswer> {
    const video = this.#session(String(form.get('upload_session_id')));
    const chunk = form.get('video_file_chunk') as File | null;
    must(
      form.get('upload_phase') === 'transfer' && chunk && Number(form.get('start_offset')) === video.received,
      graphError(400, 6001, 'There was a problem uploading your video', 1363037),
    );
    video.received += chunk.size;
    return { status: 200, body: offsets(video) };
  }

  #session(id: string | undefined): Video {
    const video = [...this.videos.values()].find((one) => one.session === id);
    must(video, graphError(400, 6000, 'The upload session is unknown', 1363041));
    return video;
  }

  #newVideo(kind: Video['kind'], size: number): Video {
    const video: Video = {
      id: nextId('9'),
      session: nextId('session'),
      kind,
      size,
      received: 0,
      polls: 1,
      description: '',
      finished: false,
      failed: this.failVideos,
      createdAt: this.clock.now(),
      gone: false,
    };
    this.videos.set(video.id, video);
    return video;
  }

  #reel(request: FakeRequest): FakeAnswer {
    const form = request.form();
    if (form.upload_phase === 'start') {
      const video = this.#newVideo('reel', -1);
      return {
        status: 200,
        body: {
          video_id: video.id,
          upload_url: `https://rupload.facebook.com/video-upload/v25.0/${video.id}`,
        },
      };
    }
    must(
      form.upload_phase === 'finish' && form.video_state === 'PUBLISHED',
      graphError(400, 100, 'Invalid upload_phase'),
    );
    const video = this.videos.get(form.video_id ?? '');
    must(video?.kind === 'reel' && video.received === video.size, graphError(400, 6000, 'Not complete'));
    return this.#finish(video, form.description);
  }

  #receiveReel(request: FakeRequest): FakeAnswer {
    const { headers, path, bytes } = request;
    this.tokens.known(headers.get('authorization')?.replace(/^OAuth /, '') ?? '');
    const video = this.videos.get(path.split('/').at(-1) ?? '');
    must(
      video?.kind === 'reel' && Number(headers.get('offset')) === video.received,
      graphError(400, 6001, 'Offset mismatch'),
    );
    video.size = Number(headers.get('file_size'));
    video.received += bytes.length;
    return { status: 200, body: { success: true } };
  }

  #finish(video: Video, description: string | undefined): FakeAnswer {
    must(!video.finished, graphError(400, 6000, 'This session has ended', 1363041));
    video.finished = true;
    video.description = description ?? '';
    return { status: 200, body: { success: true } };
  }

  #published(query: URLSearchParams): FakeAnswer {
    const since = Number(query.get('since')) * 1000;
    const data = [...this.feed.values()]
      .filter((post) => post.createdAt.getTime() >= since)
      .reverse()
      .map((post) => ({
        id: post.id,
        ...(post.message ? { message: post.message } : {}),
        created_time: stamp(post.createdAt),
        permalink_url: `https://www.facebook.com/${post.id.replace('_', '/posts/')}`,
        ...(post.photos.length > 0 ? { attachments: attachments(post.photos) } : {}),
      }));
    return { status: 200, body: { data } };
  }

  #onObject(request: FakeRequest, page: string, id: string, edge: string | undefined): FakeAnswer {
    const { method } = request;
    const video = this.videos.get(id);
    if (video && method === 'GET' && !edge && request.query.get('fields')?.includes('status'))
      return this.#videoState(video);
    const post = this.feed.get(id);
    const known = post ?? (video && !video.gone ? video : undefined) ?? this.#videoPost(page, id);
    must(known ?? this.comments.has(id), objectMissing(id));
    if (edge === 'comments')
      return method === 'POST'
        ? this.comments.write(request.form(), page, id)
        : this.comments.on(request.query, id);
    if (edge === 'insights') return this.#insights(request.query.get('metric') ?? '');
    if (method === 'DELETE') {
      this.feed.delete(id);
      this.comments.delete(id);
      if (video) video.gone = true;
      return { status: 200, body: { success: true } };
    }
    if (method === 'POST') {
      const form = request.form();
      if (post) post.message = form.message ?? post.message;
      else if (video) video.description = form.description ?? video.description;
      return { status: 200, body: { success: true } };
    }
    const reactions = { data: [], summary: { total_count: 11 } };
    return { status: 200, body: { id, reactions, comments: { data: [], summary: { total_count: 3 } } } };
  }

  /** The post in which a video stands. */
  #videoPost(page: string, id: string): Video | undefined {
    const [owner, videoId = ''] = id.split('_');
    return owner === page ? this.videos.get(videoId) : undefined;
  }

  #videoState(video: Video): FakeAnswer {
    if (video.finished) video.polls -= 1;
    return videoState(video, this.#isOut(video));
  }

  /** Newest first. */
  #postsOf(page: string): string[] {
    return [...this.feed.keys()].filter((id) => id.startsWith(`${page}_`)).reverse();
  }

  #insights(names: string): FakeAnswer {
    const known: Record<string, number> = {
      post_media_view: 300,
      post_total_media_view_unique: 210,
      post_clicks: 12,
    };
    const data = names.split(',').map((name) => {
      must(known[name] !== undefined, graphError(400, 100, 'The value must be a valid insights metric'));
      return { name, period: 'lifetime', values: [{ value: known[name] }] };
    });
    return { status: 200, body: { data } };
  }
}
