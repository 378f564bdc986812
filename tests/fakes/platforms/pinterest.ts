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

interface Video {
  id: string;
  key: string;
  bytes: number;
  mime: string;
  polls: number;
}
interface Pin {
  id: string;
  boardId: string;
  words: { title?: string; description?: string; link?: string; alt_text?: string };
  media: { alt: string; mime: string; bytes: number }[];
  createdAt: Date;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/);
const mime = z.enum(['image/jpeg', 'image/png']);
const words = {
  title: z.string().max(100).optional(),
  description: z.string().max(800).optional(),
  link: z.string().max(2_048).optional(),
  alt_text: z.string().max(500).optional(),
};
const newPin = z.strictObject({
  board_id: z.string().regex(/^\d+$/),
  ...words,
  media_source: z.discriminatedUnion('source_type', [
    z.strictObject({ source_type: z.literal('image_base64'), content_type: mime, data: base64 }),
    z.strictObject({
      source_type: z.literal('multiple_image_base64'),
      index: z.int().nonnegative(),
      items: z
        .array(
          z.strictObject({
            content_type: mime,
            data: base64,
            title: z.string().optional(),
            description: z.string().optional(),
            link: z.string().optional(),
          }),
        )
        .min(2)
        .max(5),
    }),
    z.strictObject({
      source_type: z.literal('video_id'),
      media_id: z.string(),
      cover_image_key_frame_time: z.number(),
    }),
  ]),
});
const changedPin = z.strictObject(words);

const failure = (status: number, code: number, message: string): FakeAnswer => ({
  status,
  body: { code, message },
});
const bytesOf = (data: string) => Buffer.from(data, 'base64').length;

/** Pinterest API v5 as far as publishing needs it. */
export class FakePinterest extends FakeNetwork {
  readonly user = { id: '549755885175', username: 'irisync_test' };
  readonly appId = 'pinterest-app';
  readonly appSecret = 'pinterest-app-secret';
  readonly oauth: FakeOAuth;
  readonly boards = [
    { id: '1000001', name: 'Irises' },
    { id: '1000002', name: 'Gardens' },
    { id: '1000003', name: 'Tools' },
  ];
  readonly videos = new Map<string, Video>();
  readonly pins = new Map<string, Pin>();
  pageSize = 2;
  /** Trial access: 1 000 calls a day for the whole app. */
  trial = false;
  videoFails = false;
  /** Answers every new pin instead. */
  refusePins: FakeAnswer | undefined;

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), {
      accessSeconds: 2_592_000,
      pkceRequired: false,
    });
  }

  posts(): SeenPost[] {
    return [...this.pins.values()].map((pin) => ({
      id: pin.id,
      text: pin.words.description ?? '',
      replyTo: undefined,
      media: pin.media,
    }));
  }

  protected pointOf({ method, path }: FakeRequest): FaultPoint {
    if (path === '/v5/oauth/token') return 'token';
    if (method === 'POST' && path === '/v5/pins') return 'commit';
    return method === 'POST' ? 'upload' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return failure(500, 0, 'Something went wrong on our end. Sorry about that.');
    if (kind === 'unauthorized') return failure(401, 2, 'Authentication failed.');
    if (kind === 'reject') return failure(400, 1, 'Invalid request');
    return {
      ...failure(429, 8, 'You have exceeded your rate limit. Try again later.'),
      headers: {
        'x-ratelimit-limit': '10, 10;w=60',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '45',
        ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
      },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path, query } = request;
    if (path === '/oauth/') {
      const plain = new URLSearchParams(query);
      plain.set('scope', (query.get('scope') ?? '').replaceAll(',', ' '));
      return this.oauth.authorize(plain);
    }
    if (path === '/v5/oauth/token') return this.#token(request);
    if (path === '/bucket') return await this.#store(request);
    must(this.oauth.accepts(bearer(request.headers)), failure(401, 2, 'Authentication failed.'));
    const answer = this.#call(request);
    const rate = this.trial
      ? {
          'x-ratelimit-limit': '1000, 1000;w=86400',
          'x-ratelimit-remaining': '940',
          'x-ratelimit-reset': '3600',
        }
      : { 'x-ratelimit-limit': '100, 100;w=60', 'x-ratelimit-remaining': '77', 'x-ratelimit-reset': '12' };
    return { ...answer, headers: rate };
  }

  #token(request: FakeRequest): FakeAnswer {
    const expected = `Basic ${Buffer.from(`${this.appId}:${this.appSecret}`).toString('base64')}`;
    must(request.headers.get('authorization') === expected, failure(401, 2, 'Authentication failed.'));
    const form = request.form();
    must(form.continuous_refresh === 'true', failure(400, 1, 'Continuous refresh was not asked for.'));
    const grant =
      form.grant_type === 'refresh_token'
        ? this.oauth.refresh(form.refresh_token)
        : this.oauth.exchange(form);
    must(grant, failure(400, 283, 'Your refresh token is invalid.'));
    return {
      status: 200,
      body: {
        ...this.oauth.body(grant),
        response_type: form.grant_type,
        refresh_token_expires_in: 5_184_000,
      },
    };
  }

  #call(request: FakeRequest): FakeAnswer {
    const { method, path, query } = request;
    if (path === '/v5/user_account')
      return { status: 200, body: { ...this.user, business_name: 'IriSync Test', follower_count: 321 } };
    if (path === '/v5/boards') return this.#paged(this.boards, query);
    if (method === 'POST' && path === '/v5/media') return this.#register(request);
    const [, board] = /^\/v5\/boards\/(\d+)\/pins$/.exec(path) ?? [];
    if (board) return this.#board(board, query);
    const [, media] = /^\/v5\/media\/(\w+)$/.exec(path) ?? [];
    if (media) return this.#mediaStatus(media);
    if (method === 'POST' && path === '/v5/pins') return this.#create(request.json());
    const [, id = ''] = /^\/v5\/pins\/(\d+)$/.exec(path) ?? [];
    const pin = this.pins.get(id);
    must(pin, failure(404, 50, 'Pin not found.'));
    if (method === 'DELETE') {
      this.pins.delete(id);
      return { status: 204 };
    }
    if (method === 'PATCH') {
      const parsed = changedPin.safeParse(request.json());
      must(parsed.success, failure(400, 1, 'Invalid request'));
      pin.words = { ...pin.words, ...(parsed.data as Pin['words']) };
    }
    return { status: 200, body: this.#public(pin, query.get('pin_metrics') === 'true') };
  }

  #paged(items: readonly unknown[], query: URLSearchParams): FakeAnswer {
    const from = Number(query.get('bookmark') ?? 0);
    const to = from + this.pageSize;
    return {
      status: 200,
      body: { items: items.slice(from, to), bookmark: to < items.length ? String(to) : null },
    };
  }

  #register(request: FakeRequest): FakeAnswer {
    must(request.json().media_type === 'video', failure(400, 1, 'Invalid media type'));
    const video: Video = { id: nextId('9'), key: nextId('key'), bytes: 0, mime: '', polls: 1 };
    this.videos.set(video.id, video);
    return {
      status: 201,
      body: {
        media_id: video.id,
        media_type: 'video',
        upload_url: `${this.url}/bucket`,
        upload_parameters: { key: video.key, policy: 'cG9saWN5', 'x-amz-signature': 'abc' },
      },
    };
  }

  /** A form upload as S3 takes it: the file comes last, and the answer is empty. */
  async #store(request: FakeRequest): Promise<FakeAnswer> {
    const form = await request.multipart();
    const video = [...this.videos.values()].find(({ key }) => key === form.get('key'));
    const file = form.get('file') as File | null;
    must(video && file && [...form.keys()].at(-1) === 'file' && form.get('policy'), {
      status: 403,
      raw: '<Error><Code>AccessDenied</Code></Error>',
    });
    video.bytes = file.size;
    video.mime = file.type;
    return { status: 204 };
  }

  #mediaStatus(id: string): FakeAnswer {
    const video = this.videos.get(id);
    must(video, failure(404, 2_400, 'Media not found.'));
    video.polls -= 1;
    const done = this.videoFails ? 'failed' : 'succeeded';
    const status = video.bytes === 0 ? 'registered' : video.polls >= 0 ? 'processing' : done;
    return { status: 200, body: { media_id: id, media_type: 'video', status } };
  }

  #create(body: unknown): FakeAnswer {
    if (this.refusePins) return this.refusePins;
    const parsed = newPin.safeParse(body);
    must(parsed.success, failure(400, 1, `Invalid request ${parsed.error?.message ?? ''}`));
    const { board_id: boardId, media_source: source, ...said } = parsed.data;
    must(
      this.boards.some(({ id }) => id === boardId),
      failure(404, 40, 'Board not found.'),
    );
    const pin: Pin = {
      id: nextId('8'),
      boardId,
      words: said as Pin['words'],
      media: this.#mediaOf(source, said.alt_text ?? ''),
      createdAt: this.clock.now(),
    };
    this.pins.set(pin.id, pin);
    return { status: 201, body: this.#public(pin, false) };
  }

  #mediaOf(source: z.infer<typeof newPin>['media_source'], alt: string): Pin['media'] {
    if (source.source_type === 'image_base64')
      return [{ alt, mime: source.content_type, bytes: bytesOf(source.data) }];
    if (source.source_type === 'multiple_image_base64')
      return source.items.map((one) => ({
        alt: one.description ?? '',
        mime: one.content_type,
        bytes: bytesOf(one.data),
      }));
    const video = this.videos.get(source.media_id);
    must(video && video.bytes > 0 && video.polls < 0, failure(400, 2_401, 'Media is not ready.'));
    return [{ alt, mime: video.mime, bytes: video.bytes }];
  }

  #board(board: string, query: URLSearchParams): FakeAnswer {
    const pins = [...this.pins.values()].filter(({ boardId }) => boardId === board).reverse();
    return this.#paged(
      pins.map((pin) => this.#public(pin, false)),
      query,
    );
  }

  #public(pin: Pin, withMetrics: boolean) {
    const numbers = { impression: 90, clickthrough: 4, pin_click: 6, reaction: 5, comment: 1, save: 2 };
    return {
      id: pin.id,
      // As the vendor writes it: without a zone.
      created_at: pin.createdAt.toISOString().slice(0, 19),
      board_id: pin.boardId,
      title: pin.words.title ?? null,
      description: pin.words.description ?? null,
      link: pin.words.link ?? null,
      alt_text: pin.words.alt_text ?? null,
      ...(withMetrics ? { pin_metrics: { '90d': numbers, lifetime_metrics: numbers } } : {}),
    };
  }
}
