import type { Clock } from '@/core/time/clock';
import { DiscoveryCheck } from './discovery';
import { bearer, FakeOAuth } from './oauth-server';
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

interface Snippet {
  title: string;
  description: string;
  tags?: string[];
  categoryId?: string;
}
interface Video {
  id: string;
  mime: string;
  bytes: number;
  snippet: Snippet;
  privacy: string;
  /** Questions still to be answered with "being processed". */
  polls: number;
}
interface Session {
  id: string;
  mime: string;
  total: number;
  received: number;
  resource: { snippet: Snippet; status: { privacyStatus: string } };
  videoId: string | undefined;
}
interface Comment {
  id: string;
  videoId: string;
  /** The comment it answers. */
  parent: string | undefined;
  by: { id: string; name: string };
  text: string;
  at: Date;
}

const THREADS_PER_PAGE = 3;

const failure = (code: number, reason: string, message = reason): FakeAnswer => ({
  status: code,
  body: { error: { code, message, errors: [{ message, domain: 'youtube.common', reason }] } },
});

/** YouTube Data API v3 and Google's token endpoint as far as publishing needs them. */
export class FakeYouTube extends FakeNetwork {
  readonly channel = { id: 'UC1234567890abcdefghijkl', title: 'IriSync Test', customUrl: '@irisync_test' };
  readonly clientId = 'google-client';
  readonly clientSecret = 'google-client-secret';
  readonly oauth: FakeOAuth;
  readonly contract = new DiscoveryCheck();
  readonly videos = new Map<string, Video>();
  readonly comments = new Map<string, Comment>();
  readonly sessions = new Map<string, Session>();
  longUploads = 'eligible';
  /** What every video ends as while Google has not audited the project. */
  unaudited = false;
  analytics = true;
  /** Answers every new upload instead. */
  refuseUploads: FakeAnswer | undefined;
  /** What becomes of every video instead of being processed. */
  processing: Record<string, string> | undefined;
  uploadHost: string | undefined;
  /** Life of a grant that ends by itself. */
  grantSeconds: number | undefined;

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), {
      accessSeconds: 3_599,
      pkceRequired: true,
      lasting: true,
    });
  }

  /** Somebody comments on a video. @returns the id of the comment. */
  hear(name: string, text: string, on: string): string {
    const by = { id: `UC${name.padEnd(22, '0')}`, name: `@${name}` };
    return this.#say({ id: nextId('Ugo'), videoId: on, parent: undefined, by, text });
  }

  posts(): SeenPost[] {
    const videos = [...this.videos.values()].filter((video) => video.privacy !== 'private');
    return [
      ...videos.map((video) => ({
        id: video.id,
        text: video.snippet.description,
        replyTo: undefined,
        media: [{ alt: '', mime: video.mime, bytes: video.bytes }],
      })),
      ...[...this.comments.values()]
        .filter(({ by }) => by.id === this.channel.id)
        .map(({ id, text, videoId, parent }) => ({
          id,
          text,
          replyTo: parent ?? videoId,
          media: [],
        })),
    ];
  }

  protected pointOf({ method, path }: FakeRequest): FaultPoint {
    if (path === '/token') return 'token';
    if (path.startsWith('/upload/')) return 'upload';
    const commit =
      (method === 'PUT' && path === '/youtube/v3/videos') ||
      (method === 'POST' && /^\/youtube\/v3\/comment(s|Threads)$/.test(path));
    return commit ? 'commit' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return failure(503, 'backendError', 'Backend Error');
    if (kind === 'unauthorized') return failure(401, 'authError', 'Invalid Credentials');
    if (kind === 'reject')
      return failure(400, 'invalidTitle', 'The request metadata specifies an invalid title.');
    return {
      ...failure(403, 'rateLimitExceeded', 'Rate Limit Exceeded'),
      headers:
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { method, path, query } = request;
    if (path === '/o/oauth2/v2/auth') {
      must(query.get('access_type') === 'offline', failure(400, 'access_type'));
      return this.oauth.authorize(query);
    }
    if (path === '/token') return this.#token(request.form());
    if (path === '/revoke') {
      this.oauth.revoke(request.form().token);
      return { status: 200, body: {} };
    }
    must(this.oauth.accepts(bearer(request.headers)), failure(401, 'authError', 'Invalid Credentials'));
    if (path === '/upload/youtube/v3/videos')
      return method === 'POST' ? this.#open(request) : this.#receive(request);
    if (path === '/v2/reports') return this.#report(query);
    const [, resource = ''] = /^\/youtube\/v3\/(\w+)$/.exec(path) ?? [];
    const verb = { GET: 'list', POST: 'insert', PUT: 'update', DELETE: 'delete' }[method] ?? '';
    const body = request.bytes.length > 0 ? request.json() : undefined;
    this.contract.request(`${resource}.${verb}`, query, body);
    const answer = this.#resource(`${resource}.${verb}`, query, body);
    if (answer.body !== undefined) this.contract.response(`${resource}.${verb}`, answer.body);
    return answer;
  }

  #token(form: Record<string, string>): FakeAnswer {
    must(form.client_id === this.clientId && form.client_secret === this.clientSecret, {
      status: 401,
      body: { error: 'invalid_client', error_description: 'The OAuth client was not found.' },
    });
    const renewing = form.grant_type === 'refresh_token';
    const grant = renewing ? this.oauth.refresh(form.refresh_token) : this.oauth.exchange(form);
    must(grant, {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    });
    const { refresh_token: refreshToken, ...body } = this.oauth.body(grant);
    const life = this.grantSeconds ? { refresh_token_expires_in: this.grantSeconds } : {};
    return { status: 200, body: { ...body, ...life, ...(renewing ? {} : { refresh_token: refreshToken }) } };
  }

  #open(request: FakeRequest): FakeAnswer {
    if (this.refuseUploads) return this.refuseUploads;
    const resource = request.json<Session['resource']>();
    this.contract.request('videos.insert', request.query, resource);
    must(request.query.get('uploadType') === 'resumable', failure(400, 'badRequest'));
    must(resource.status.privacyStatus === 'private', failure(400, 'badRequest', 'Only private here.'));
    const session: Session = {
      id: nextId('upload'),
      mime: request.headers.get('x-upload-content-type') ?? '',
      total: Number(request.headers.get('x-upload-content-length')),
      received: 0,
      resource,
      videoId: undefined,
    };
    must(session.total > 0, failure(400, 'badRequest', 'No length.'));
    this.sessions.set(session.id, session);
    const location = `${this.uploadHost ?? this.url}/upload/youtube/v3/videos?uploadType=resumable&upload_id=${session.id}`;
    return { status: 200, headers: { location } };
  }

  #receive(request: FakeRequest): FakeAnswer {
    const session = this.sessions.get(request.query.get('upload_id') ?? '');
    must(session, failure(404, 'notFound'));
    const range = request.headers.get('content-range') ?? '';
    if (range !== `bytes */${session.total}`) {
      const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range)?.map(Number) ?? [];
      must(from === session.received && total === session.total, failure(400, 'badContentRange'));
      must(request.bytes.length === (to ?? 0) - from + 1, failure(400, 'badContentLength'));
      const last = (to ?? 0) + 1 === session.total;
      must(last || request.bytes.length % (256 * 1024) === 0, failure(400, 'badChunkSize'));
      session.received += request.bytes.length;
    }
    if (session.received < session.total) {
      const range308 = session.received > 0 ? { range: `bytes=0-${session.received - 1}` } : {};
      return { status: 308, headers: { ...range308 } as Record<string, string> };
    }
    if (!session.videoId) {
      const { snippet, status } = session.resource;
      const id = nextId('vid');
      this.videos.set(id, {
        id,
        mime: session.mime,
        bytes: session.total,
        snippet,
        privacy: status.privacyStatus,
        polls: 1,
      });
      session.videoId = id;
    }
    const video = this.videos.get(session.videoId);
    const body = video ? this.#public(video) : {};
    this.contract.response('videos.insert', body);
    return { status: 201, body };
  }

  #resource(call: string, query: URLSearchParams, body: unknown): FakeAnswer {
    const id = query.get('id') ?? '';
    switch (call) {
      case 'channels.list':
        return { status: 200, body: this.#channel() };
      case 'videos.list': {
        const video = this.videos.get(id);
        if (video && query.get('part')?.includes('processingDetails')) video.polls -= 1;
        return { status: 200, body: { items: video ? [this.#public(video)] : [] } };
      }
      case 'videos.update':
        return this.#update(body as { id: string; snippet?: Snippet; status?: { privacyStatus: string } });
      case 'videos.delete':
      case 'comments.delete': {
        const store: Map<string, unknown> = call.startsWith('videos') ? this.videos : this.comments;
        must(store.delete(id), failure(404, 'notFound'));
        return { status: 204 };
      }
      case 'commentThreads.insert':
        return this.#write(body as never);
      case 'commentThreads.list':
        return this.#threads(query);
      case 'comments.list': {
        const items = [...this.comments.values()].filter(({ parent }) => parent === query.get('parentId'));
        return { status: 200, body: { items: items.map((comment) => this.#comment(comment)) } };
      }
      case 'comments.insert':
        return this.#answer(body as never);
      default: {
        const { id: edited = '', snippet } = body as { id?: string; snippet: { textOriginal: string } };
        const comment = this.comments.get(edited);
        must(call === 'comments.update' && comment, failure(404, 'notFound'));
        comment.text = snippet.textOriginal;
        return { status: 200, body: { id: edited } };
      }
    }
  }

  #update(body: { id: string; snippet?: Snippet; status?: { privacyStatus: string } }): FakeAnswer {
    const video = this.videos.get(body.id);
    must(video, failure(404, 'videoNotFound'));
    if (body.snippet) {
      const { title, description, categoryId } = body.snippet;
      must(title && title.length <= 100, failure(400, 'invalidTitle'));
      must(
        Buffer.byteLength(description) <= 5_000 && !/[<>]/.test(description),
        failure(400, 'invalidDescription'),
      );
      must(categoryId, failure(400, 'invalidCategoryId'));
      video.snippet = body.snippet;
    }
    if (body.status && !this.unaudited) video.privacy = body.status.privacyStatus;
    return { status: 200, body: this.#public(video) };
  }

  #write(body: {
    snippet: { videoId: string; topLevelComment: { snippet: { textOriginal: string } } };
  }): FakeAnswer {
    const { videoId, topLevelComment } = body.snippet;
    must(this.videos.get(videoId)?.privacy === 'public', failure(403, 'commentsDisabled'));
    const by = { id: this.channel.id, name: this.channel.customUrl };
    const text = topLevelComment.snippet.textOriginal;
    const id = this.#say({ id: nextId('Ugx'), videoId, parent: undefined, by, text });
    return { status: 200, body: this.#thread(this.comments.get(id) as Comment) };
  }

  /** An answer; only comments at the top take any. */
  #answer({ snippet }: { snippet: { parentId: string; textOriginal: string } }): FakeAnswer {
    const parent = this.comments.get(snippet.parentId);
    must(parent && !parent.parent, failure(400, 'invalidParentId'));
    must(snippet.textOriginal, failure(400, 'commentTextRequired'));
    const by = { id: this.channel.id, name: this.channel.customUrl };
    const { videoId, id: parentId } = parent;
    const id = this.#say({
      id: `${parentId}.${nextId()}`,
      videoId,
      parent: parentId,
      by,
      text: snippet.textOriginal,
    });
    return { status: 200, body: this.#comment(this.comments.get(id) as Comment) };
  }

  #say(comment: Omit<Comment, 'at'>): string {
    this.comments.set(comment.id, { ...comment, at: this.clock.now() });
    return comment.id;
  }

  /** Threads of one video, or of all of the channel, newest first. */
  #threads(query: URLSearchParams): FakeAnswer {
    const videoId = query.get('videoId');
    must(
      videoId ?? query.get('allThreadsRelatedToChannelId') === this.channel.id,
      failure(400, 'missingRequiredParameter'),
    );
    const all = [...this.comments.values()]
      .filter((one) => !one.parent && (!videoId || one.videoId === videoId))
      .reverse();
    const from = Number(query.get('pageToken') ?? 0);
    const to = from + Math.min(Number(query.get('maxResults')), videoId ? 100 : THREADS_PER_PAGE);
    const more = to < all.length ? { nextPageToken: String(to) } : {};
    return { status: 200, body: { items: all.slice(from, to).map((one) => this.#thread(one)), ...more } };
  }

  #thread(comment: Comment) {
    const replies = [...this.comments.values()].filter(({ parent }) => parent === comment.id);
    return {
      id: comment.id,
      snippet: { videoId: comment.videoId, topLevelComment: this.#comment(comment) },
      ...(replies.length > 0 ? { replies: { comments: replies.map((one) => this.#comment(one)) } } : {}),
    };
  }

  #comment({ id, videoId, text, at, by, parent }: Comment) {
    return {
      id,
      snippet: {
        videoId,
        textOriginal: text,
        textDisplay: text.replaceAll('&', '&amp;'),
        publishedAt: at.toISOString(),
        authorChannelId: { value: by.id },
        authorDisplayName: by.name,
        ...(parent ? { parentId: parent } : {}),
      },
    };
  }

  #channel() {
    const { id, title, customUrl } = this.channel;
    return {
      items: [
        {
          id,
          snippet: { title, customUrl, thumbnails: { default: { url: 'https://yt3.ggpht.com/a.jpg' } } },
          status: { longUploadsStatus: this.longUploads },
          statistics: { subscriberCount: '321', hiddenSubscriberCount: false },
        },
      ],
    };
  }

  #public(video: Video) {
    const processed = video.polls < 0;
    return {
      id: video.id,
      snippet: { ...video.snippet, channelId: this.channel.id },
      status: {
        uploadStatus: processed ? 'processed' : 'uploaded',
        ...this.processing,
        privacyStatus: video.privacy,
      },
      processingDetails: processed
        ? { processingStatus: 'succeeded' }
        : { processingStatus: 'processing', processingProgress: { timeLeftMs: '1500' } },
      statistics: { viewCount: '90', likeCount: '5', commentCount: '1' },
    };
  }

  #report(query: URLSearchParams): FakeAnswer {
    must(this.analytics, failure(403, 'forbidden', 'Insufficient permission.'));
    must(/^video==vid\d+$/.test(query.get('filters') ?? ''), failure(400, 'badRequest'));
    return { status: 200, body: { kind: 'youtubeAnalytics#resultTable', rows: [[12, 3]] } };
  }
}
