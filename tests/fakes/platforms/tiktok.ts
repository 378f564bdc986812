import { z } from 'zod';
import type { Clock } from '@/core/time/clock';
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

interface Publish {
  id: string;
  kind: 'video' | 'photo';
  text: string;
  privacy: string;
  mime: string;
  total: number;
  chunk: number;
  count: number;
  received: number;
  pieces: number;
  files: { mime: string; bytes: number }[];
  postId: string | undefined;
  /** Status questions still to be answered with "at work". */
  polls: number;
  failReason: string | undefined;
  expired: boolean;
}

const common = {
  privacy_level: z.string(),
  disable_comment: z.boolean().optional(),
  brand_content_toggle: z.boolean().optional(),
  brand_organic_toggle: z.boolean().optional(),
};
const videoInit = z.strictObject({
  post_info: z.strictObject({
    ...common,
    title: z.string().max(2_200).optional(),
    disable_duet: z.boolean().optional(),
    disable_stitch: z.boolean().optional(),
    is_aigc: z.boolean().optional(),
    video_cover_timestamp_ms: z.number().optional(),
  }),
  source_info: z.strictObject({
    source: z.literal('FILE_UPLOAD'),
    video_size: z.int().positive(),
    chunk_size: z.int().positive(),
    total_chunk_count: z.int().positive().max(1_000),
  }),
});
const photoInit = z.strictObject({
  media_type: z.literal('PHOTO'),
  post_mode: z.literal('DIRECT_POST'),
  post_info: z.strictObject({
    ...common,
    title: z.string().max(90).optional(),
    description: z.string().max(4_000).optional(),
    auto_add_music: z.boolean().optional(),
  }),
  source_info: z.strictObject({
    source: z.literal('PULL_FROM_URL'),
    photo_images: z.array(z.url()).min(1).max(35),
    photo_cover_index: z.int().nonnegative(),
  }),
});

const MB = 1_000_000;
const said = (code: string, message = '') => ({ code, message, log_id: '2026112112000001' });
const refusal = (status: number, code: string, message = code): FakeAnswer => ({
  status,
  body: { data: {}, error: said(code, message) },
});
const answer = (data: unknown): FakeAnswer => ({ status: 200, body: { data, error: said('ok') } });

/** TikTok's Login Kit, Content Posting and Display APIs as far as publishing needs them. */
export class FakeTikTok extends FakeNetwork {
  readonly user = { open_id: '723f24d7-e717-40f8-a2b6-cb8464cd23b4', name: 'irisync_test' };
  readonly clientKey = 'tiktok-client';
  readonly clientSecret = 'tiktok-client-secret';
  readonly oauth: FakeOAuth;
  readonly publishes = new Map<string, Publish>();
  privacyOptions = ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'];
  audited = true;
  commentsOff = false;
  /** Answers every new post instead. */
  refusePosts: FakeAnswer | undefined;
  /** What becomes of every accepted post instead of being published. */
  failReason: string | undefined;
  creatorQueries = 0;
  lastInfo: Record<string, unknown> = {};

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), { accessSeconds: 86_400, pkceRequired: false });
  }

  posts(): SeenPost[] {
    return [...this.publishes.values()]
      .filter((one) => one.postId !== undefined)
      .map((one) => ({
        id: one.privacy === 'SELF_ONLY' ? one.id : (one.postId ?? ''),
        text: one.text,
        replyTo: undefined,
        media: one.files.map((file) => ({ alt: '', ...file })),
      }));
  }

  protected pointOf({ method, path, headers }: FakeRequest): FaultPoint {
    if (path === '/v2/oauth/token/') return 'token';
    if (path === '/v2/post/publish/content/init/') return 'commit';
    if (path === '/v2/post/publish/video/init/') return 'upload';
    if (method !== 'PUT') return 'read';
    const [, to, total] = /-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '')?.map(Number) ?? [];
    return to !== undefined && to + 1 === total ? 'commit' : 'upload';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return refusal(500, 'internal_error');
    if (kind === 'unauthorized') return refusal(401, 'access_token_invalid');
    if (kind === 'reject') return refusal(403, 'privacy_level_option_mismatch');
    return {
      ...refusal(429, 'rate_limit_exceeded'),
      headers:
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { method, path, query } = request;
    if (path === '/v2/auth/authorize/') {
      const plain = new URLSearchParams(query);
      plain.set('client_id', query.get('client_key') ?? '');
      plain.set('scope', (query.get('scope') ?? '').replaceAll(',', ' '));
      return this.oauth.authorize(plain);
    }
    if (path === '/v2/oauth/token/') return this.#token(request.form());
    if (path === '/v2/oauth/revoke/') {
      this.oauth.revoke(request.form().token);
      return { status: 200, body: {} };
    }
    if (method === 'PUT') return this.#receive(request);
    must(this.oauth.accepts(bearer(request.headers)), refusal(401, 'access_token_invalid'));
    switch (path) {
      case '/v2/user/info/':
        return answer({ user: { open_id: this.user.open_id, follower_count: 321 } });
      case '/v2/post/publish/creator_info/query/':
        return this.#creator();
      case '/v2/post/publish/video/init/':
        return this.#initVideo(request);
      case '/v2/post/publish/content/init/':
        return await this.#initPhotos(request);
      case '/v2/post/publish/status/fetch/':
        return this.#status(request.json<{ publish_id: string }>().publish_id);
      case '/v2/video/query/':
        return this.#query(request.json<{ filters: { video_ids: string[] } }>().filters.video_ids);
      default:
        return refusal(404, 'unsupported_path');
    }
  }

  #token(form: Record<string, string>): FakeAnswer {
    const wrong = (error: string) => ({
      status: 400,
      body: { error, error_description: error, log_id: '1' },
    });
    must(
      form.client_key === this.clientKey && form.client_secret === this.clientSecret,
      wrong('invalid_client'),
    );
    const renewing = form.grant_type === 'refresh_token';
    const grant = renewing ? this.oauth.refresh(form.refresh_token) : this.oauth.exchange(form);
    must(grant, wrong('invalid_grant'));
    const body = this.oauth.body(grant);
    return {
      status: 200,
      body: {
        ...body,
        scope: String(body.scope).replaceAll(' ', ','),
        open_id: this.user.open_id,
        refresh_expires_in: 31_536_000,
      },
    };
  }

  #creator(): FakeAnswer {
    this.creatorQueries += 1;
    return answer({
      creator_avatar_url: 'https://p16.tiktokcdn.com/a.webp',
      creator_username: this.user.name,
      creator_nickname: 'IriSync Test',
      privacy_level_options: this.privacyOptions,
      comment_disabled: this.commentsOff,
      duet_disabled: false,
      stitch_disabled: true,
      max_video_post_duration_sec: 300,
    });
  }

  #checkPost(privacy: string): void {
    must(!this.refusePosts, this.refusePosts ?? { status: 500 });
    must(this.privacyOptions.includes(privacy), refusal(403, 'privacy_level_option_mismatch'));
    must(
      this.audited || privacy === 'SELF_ONLY',
      refusal(403, 'unaudited_client_can_only_post_to_private_accounts'),
    );
  }

  #initVideo(request: FakeRequest): FakeAnswer {
    const parsed = videoInit.safeParse(request.json());
    must(parsed.success, refusal(400, 'invalid_params', parsed.error?.message));
    const { post_info: info, source_info: source } = parsed.data;
    this.lastInfo = info;
    this.#checkPost(info.privacy_level);
    const { video_size: total, chunk_size: chunk, total_chunk_count: count } = source;
    must(count === Math.floor(total / chunk), refusal(400, 'invalid_params', 'total_chunk_count'));
    must(
      chunk === total || (chunk >= 5 * MB && chunk <= 64 * MB),
      refusal(400, 'invalid_params', 'chunk_size'),
    );
    must(chunk !== total || total <= 64 * MB, refusal(400, 'invalid_params', 'must be sent in pieces'));
    const publish = this.#publish('video', info.title ?? '', info.privacy_level, { total, chunk, count });
    const address = `${this.url}/video/?upload_id=${publish.id}&upload_token=abc`;
    return answer({ publish_id: publish.id, upload_url: address });
  }

  #publish(
    kind: Publish['kind'],
    text: string,
    privacy: string,
    size: Pick<Publish, 'total' | 'chunk' | 'count'>,
  ): Publish {
    const publish: Publish = {
      id: nextId('v_pub_file~v2.'),
      kind,
      text,
      privacy,
      mime: '',
      ...size,
      received: 0,
      pieces: 0,
      files: [],
      postId: undefined,
      polls: 1,
      failReason: undefined,
      expired: false,
    };
    this.publishes.set(publish.id, publish);
    return publish;
  }

  #receive({ query, headers, bytes }: FakeRequest): FakeAnswer {
    const publish = this.publishes.get(query.get('upload_id') ?? '');
    must(publish && query.get('upload_token') === 'abc' && !publish.expired, {
      status: 403,
      raw: 'Forbidden',
    });
    const [, from, to, total] =
      /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '')?.map(Number) ?? [];
    const last = publish.pieces === publish.count - 1;
    const end = last ? publish.total : publish.received + publish.chunk;
    must(
      from === publish.received &&
        total === publish.total &&
        (to ?? 0) + 1 === end &&
        bytes.length === end - from,
      { status: 416, raw: 'Range Not Satisfiable' },
    );
    publish.received = end;
    publish.pieces += 1;
    publish.mime = headers.get('content-type') ?? '';
    if (!last) return { status: 206, raw: '' };
    this.#accept(publish, [{ mime: publish.mime, bytes: publish.total }]);
    return { status: 201, raw: '' };
  }

  #accept(publish: Publish, files: Publish['files']): void {
    publish.files = files;
    if (this.failReason) publish.failReason = this.failReason;
    else publish.postId = `7500${nextId()}99`;
  }

  async #initPhotos(request: FakeRequest): Promise<FakeAnswer> {
    const parsed = photoInit.safeParse(request.json());
    must(parsed.success, refusal(400, 'invalid_params', parsed.error?.message));
    const { post_info: info, source_info: source } = parsed.data;
    this.lastInfo = info;
    this.#checkPost(info.privacy_level);
    const files = await Promise.all(
      source.photo_images.map(async (url) => {
        const response = await fetch(url);
        const bytes = (await response.arrayBuffer()).byteLength;
        return { mime: response.headers.get('content-type') ?? '', bytes };
      }),
    );
    const publish = this.#publish('photo', info.description ?? '', info.privacy_level, {
      total: 0,
      chunk: 0,
      count: 0,
    });
    this.#accept(publish, files);
    return answer({ publish_id: publish.id });
  }

  #status(id: string): FakeAnswer {
    const publish = this.publishes.get(id);
    must(publish, refusal(400, 'invalid_publish_id'));
    const waiting = publish.kind === 'video' && publish.received < publish.total;
    if (!waiting) publish.polls -= 1;
    const uploaded = publish.kind === 'video' ? { uploaded_bytes: publish.received } : {};
    if (publish.failReason) return answer({ status: 'FAILED', fail_reason: publish.failReason, ...uploaded });
    if (waiting || publish.polls >= 0) {
      const status = publish.kind === 'video' ? 'PROCESSING_UPLOAD' : 'PROCESSING_DOWNLOAD';
      return answer({ status, ...uploaded });
    }
    const open = publish.privacy === 'PUBLIC_TO_EVERYONE' ? [publish.postId] : [];
    // As the vendor sends it: numbers too large for a double.
    const raw = JSON.stringify({
      data: { status: 'PUBLISH_COMPLETE', publicaly_available_post_id: open, ...uploaded },
      error: said('ok'),
    }).replaceAll(/"(7500\d+)"/g, '$1');
    return { status: 200, raw };
  }

  #query(ids: string[]): FakeAnswer {
    const known = this.posts().filter((post) => ids.includes(post.id));
    return answer({
      videos: known.map(({ id }) => ({
        id,
        view_count: 90,
        like_count: 5,
        comment_count: 1,
        share_count: 2,
      })),
    });
  }
}
