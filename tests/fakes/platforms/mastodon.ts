import { createHash } from 'node:crypto';
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

interface Media {
  id: string;
  mime: string;
  bytes: number;
  alt: string;
  polls: number;
}

interface Status {
  id: string;
  text: string;
  spoiler: string;
  visibility: string;
  replyTo: string | null;
  mediaIds: string[];
  createdAt: Date;
}

const newStatus = z.strictObject({
  status: z.string(),
  visibility: z.enum(['public', 'unlisted', 'private', 'direct']).optional(),
  sensitive: z.boolean().optional(),
  spoiler_text: z.string().optional(),
  language: z.string().optional(),
  media_ids: z.array(z.string()).optional(),
  in_reply_to_id: z.string().optional(),
});
const NO_SUCH_CALL: FakeAnswer = { status: 404, raw: '<h1>404 Not Found</h1>' };
const KEY_LIFE_MS = 3_600_000;
const SCOPES = new Set(['read', 'write', 'write:statuses', 'write:media']);

/** A Mastodon 4.4 server as far as publishing needs it. @see https://docs.joinmastodon.org/methods/statuses/ */
export class FakeMastodon extends FakeNetwork {
  readonly oauth: FakeOAuth;
  readonly apps = new Map<string, { secret: string; redirectUris: string }>();
  readonly media = new Map<string, Media>();
  readonly statuses = new Map<string, Status>();
  readonly #keys = new Map<string, { id: string; at: number }>();
  maxCharacters = 500;
  /** Another make that speaks the API, with what a real one of those was seen to lack. */
  foreign = false;
  /** What others wrote to the account, oldest first. */
  readonly heard: { status: Status; from: string; answers: boolean }[] = [];

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), {
      accessSeconds: undefined,
      pkceRequired: false,
    });
  }

  /** Somebody mentions the account, perhaps in answer to one of its statuses. @returns the id of what they wrote. */
  hear(from: string, text: string, replyTo: string | null = null): string {
    const status: Status = {
      id: nextId(),
      text,
      spoiler: '',
      visibility: 'unlisted',
      replyTo,
      mediaIds: [],
      createdAt: this.clock.now(),
    };
    this.heard.push({ status, from, answers: replyTo !== null });
    return status.id;
  }

  posts(): SeenPost[] {
    return [...this.statuses.values()].map((status) => ({
      id: status.id,
      text: status.text,
      replyTo: status.replyTo ?? undefined,
      media: status.mediaIds.map((id) => {
        const media = this.media.get(id);
        return { alt: media?.alt ?? '', mime: media?.mime ?? '', bytes: media?.bytes ?? 0 };
      }),
    }));
  }

  protected pointOf({ method, path }: FakeRequest): FaultPoint {
    if (method === 'POST' && path === '/api/v1/statuses') return 'commit';
    if (path === '/oauth/token') return 'token';
    return path.includes('/media') ? 'upload' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return { status: 503, body: { error: 'Service Unavailable' } };
    if (kind === 'unauthorized') return { status: 401, body: { error: 'The access token is invalid' } };
    if (kind === 'reject') return { status: 422, body: { error: "Validation failed: Text can't be blank" } };
    return {
      status: 429,
      body: { error: 'Too many requests' },
      headers: {
        'x-ratelimit-limit': '300',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': new Date(this.clock.now().getTime() + 30_000).toISOString(),
        ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
      },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { method, path, query } = request;
    if (path === '/api/v1/apps') return this.#register(request);
    if (path === '/oauth/authorize') return this.#authorize(query);
    if (path === '/oauth/token') return this.#token(request);
    if (path === '/oauth/revoke') {
      this.oauth.revoke(request.form().token);
      return { status: 200, body: {} };
    }
    if (path === '/api/v2/instance')
      return this.foreign ? NO_SUCH_CALL : { status: 200, body: this.#instance() };
    if (path === '/api/v1/instance') return { status: 200, body: this.#instance() };
    const verifies = path === '/api/v1/accounts/verify_credentials';
    must(!this.foreign || !verifies || this.oauth.accepts(bearer(request.headers)), { status: 422, raw: '' });
    must(this.oauth.accepts(bearer(request.headers)), {
      status: 401,
      body: { error: 'The access token is invalid' },
    });
    if (verifies) return { status: 200, body: this.#account() };
    if (path === '/api/v1/accounts/109/statuses')
      return { status: 200, body: [...this.statuses.values()].reverse().map((one) => this.#status(one)) };
    if (path === '/api/v1/notifications') {
      must(query.getAll('types[]').join() === 'mention', {
        status: 422,
        body: { error: 'unexpected types' },
      });
      return { status: 200, body: this.#notifications(query.get('max_id')) };
    }
    if (path === '/api/v2/media') return await this.#upload(request);
    const mediaId = /^\/api\/v1\/media\/(\d+)$/.exec(path)?.[1];
    if (mediaId) return this.#mediaState(mediaId);
    if (method === 'POST' && path === '/api/v1/statuses') return this.#post(request);
    return this.#one(request, /^\/api\/v1\/statuses\/(\d+)$/.exec(path)?.[1] ?? '');
  }

  #register(request: FakeRequest): FakeAnswer {
    const form = request.form();
    must(form.client_name && form.redirect_uris, {
      status: 422,
      body: { error: "Validation failed: Application name can't be blank" },
    });
    const id = nextId('app');
    this.apps.set(id, { secret: nextId('secret'), redirectUris: form.redirect_uris });
    return {
      status: 200,
      body: {
        id,
        name: form.client_name,
        client_id: id,
        client_secret: this.apps.get(id)?.secret,
        redirect_uri: form.redirect_uris,
      },
    };
  }

  #authorize(query: URLSearchParams): FakeAnswer {
    const app = this.apps.get(query.get('client_id') ?? '');
    must(app && app.redirectUris === query.get('redirect_uri'), {
      status: 400,
      body: { error: 'invalid_client' },
    });
    must(
      (query.get('scope') ?? '').split(' ').every((scope) => SCOPES.has(scope)),
      { status: 400, body: { error: 'invalid_scope' } },
    );
    return this.oauth.authorize(query);
  }

  #token(request: FakeRequest): FakeAnswer {
    const form = request.form();
    const app = this.apps.get(form.client_id ?? '');
    must(app && app.secret === form.client_secret, {
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client authentication failed.' },
    });
    const grant = this.oauth.exchange(form);
    must(grant, {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'The provided authorization grant is invalid.' },
    });
    return { status: 200, body: { ...this.oauth.body(grant), created_at: 1 } };
  }

  async #upload(request: FakeRequest): Promise<FakeAnswer> {
    const form = await request.multipart();
    const file = form.get('file') as File | null;
    must(file && file.size > 0, { status: 422, body: { error: "Validation failed: File can't be blank" } });
    const media: Media = {
      id: this.foreign ? createHash('md5').update(file.name).digest('hex') : nextId(),
      mime: file.type,
      bytes: file.size,
      alt: String(form.get('description') ?? ''),
      polls: file.type.startsWith('video/') ? 1 : 0,
    };
    this.media.set(media.id, media);
    const ready = media.polls === 0;
    return {
      status: ready ? 200 : 202,
      body: { id: media.id, type: 'image', url: ready ? `${this.url}/m/${media.id}` : null },
    };
  }

  #mediaState(id: string): FakeAnswer {
    const media = this.media.get(id);
    must(media, { status: 404, body: { error: 'Record not found' } });
    media.polls -= 1;
    return media.polls >= 0
      ? { status: 206, body: { id, url: null } }
      : { status: 200, body: { id, url: `${this.url}/m/${id}` } };
  }

  #post(request: FakeRequest): FakeAnswer {
    const key = this.foreign
      ? nextId('none')
      : `${bearer(request.headers)} ${request.headers.get('idempotency-key') ?? nextId('none')}`;
    const earlier = this.#keys.get(key);
    const first =
      earlier && earlier.at > this.clock.now().getTime() - KEY_LIFE_MS
        ? this.statuses.get(earlier.id)
        : undefined;
    if (first) return { status: 200, body: this.#status(first) };
    const parsed = newStatus.safeParse(request.json());
    must(parsed.success, { status: 422, body: { error: `Validation failed: ${parsed.error?.message}` } });
    const input = parsed.data;
    const mediaIds = input.media_ids ?? [];
    must(input.status.trim() || mediaIds.length > 0, {
      status: 422,
      body: { error: "Validation failed: Text can't be blank" },
    });
    must([...input.status].length + (input.spoiler_text ?? '').length <= this.maxCharacters * 2, {
      status: 422,
      body: { error: 'Validation failed: Text character limit of 500 exceeded' },
    });
    must(
      mediaIds.every((id) => (this.media.get(id)?.polls ?? 1) <= 0),
      {
        status: 422,
        body: { error: 'Cannot attach files that have not finished processing. Try again in a moment!' },
      },
    );
    const known = (id: string) => this.statuses.has(id) || this.heard.some((one) => one.status.id === id);
    must(!input.in_reply_to_id || known(input.in_reply_to_id), {
      status: 404,
      body: { error: 'Record not found' },
    });
    const status: Status = {
      id: nextId(),
      text: input.status,
      spoiler: input.spoiler_text ?? '',
      visibility: input.visibility ?? 'public',
      replyTo: input.in_reply_to_id ?? null,
      mediaIds,
      createdAt: this.clock.now(),
    };
    this.statuses.set(status.id, status);
    this.#keys.set(key, { id: status.id, at: this.clock.now().getTime() });
    return { status: 200, body: this.#status(status) };
  }

  #one(request: FakeRequest, id: string): FakeAnswer {
    const status = this.statuses.get(id);
    must(status, { status: 404, body: { error: 'Record not found' } });
    if (request.method === 'DELETE' && this.foreign) return NO_SUCH_CALL;
    if (request.method === 'DELETE') this.statuses.delete(id);
    if (request.method === 'PUT') {
      const input = newStatus.omit({ visibility: true }).parse(request.json());
      status.text = input.status;
      status.mediaIds = input.media_ids ?? [];
    }
    return { status: 200, body: this.#status(status) };
  }

  /** Newest first, three to a page, so that turning pages is tested. */
  #notifications(maxId: string | null) {
    const likes = this.foreign ? [...this.statuses.values()].map((one) => this.#like(one)) : [];
    const all = [...likes, ...[...this.heard].reverse().map((one) => this.#notification(one))];
    const from = maxId ? all.findIndex(({ id }) => id === maxId) + 1 : 0;
    return all.slice(from, from + 3);
  }

  /** @see https://docs.joinmastodon.org/entities/Notification/ */
  #notification({ status, from, answers }: FakeMastodon['heard'][number]) {
    const account = personOf(from);
    const mention = { ...this.#status(status), account, in_reply_to_account_id: answers ? '109' : null };
    return {
      id: `9${status.id}`,
      type: 'mention',
      created_at: status.createdAt.toISOString(),
      account,
      status: mention,
    };
  }

  /** Comes unasked from servers that give every kind of notification. */
  #like(status: Status) {
    const [id, created_at] = [`8${status.id}`, this.clock.now().toISOString()];
    return { id, type: 'favourite', created_at, account: personOf('eve'), status: this.#status(status) };
  }

  #account() {
    return {
      id: '109',
      username: 'iris',
      acct: 'iris',
      display_name: 'Iris',
      url: `${this.url}/@iris`,
      followers_count: 77,
    };
  }

  #instance() {
    return {
      domain: 'mastodon.example',
      version: this.foreign ? '4.0.0 (not true; really snac/2.75)' : '4.4.0',
      configuration: {
        statuses: {
          max_characters: this.maxCharacters,
          max_media_attachments: 4,
          characters_reserved_per_url: 23,
        },
        media_attachments: {
          supported_mime_types: ['image/jpeg', 'image/png', 'image/gif', 'video/mp4'],
          description_limit: 1_500,
          image_size_limit: 16_777_216,
          image_matrix_limit: 33_177_600,
          video_size_limit: 103_809_024,
        },
      },
    };
  }

  /** Content as the server renders it: paragraphs, links cut by invisible spans, mentions without their server. */
  #status(status: Status) {
    const escaped = status.text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    const linked = escaped
      .replace(/https?:\/\/\S+/g, (url) => {
        const [scheme = '', rest = ''] = url.split('://');
        return `<a href="${url}"><span class="invisible">${scheme}://</span><span class="ellipsis">${rest.slice(0, 12)}</span><span class="invisible">${rest.slice(12)}</span></a>`;
      })
      .replace(/@(\w+)@[\w.]+/g, '<span class="h-card"><a href="#">@<span>$1</span></a></span>');
    const content = `<p>${linked
      .split(/\n{2,}/)
      .join('</p><p>')
      .replaceAll('\n', '<br />')}</p>`;
    return {
      id: status.id,
      url: `${this.url}/@iris/${status.id}`,
      uri: `${this.url}/users/iris/statuses/${status.id}`,
      content,
      visibility: status.visibility,
      spoiler_text: status.spoiler,
      created_at: status.createdAt.toISOString(),
      in_reply_to_id: status.replyTo,
      favourites_count: 3,
      reblogs_count: 1,
      replies_count: 2,
      media_attachments: status.mediaIds.map((id) => ({ id, type: 'image' })),
    };
  }
}

function personOf(name: string) {
  return { id: `id-${name}`, username: name, acct: `${name}@far.example`, display_name: '', avatar: null };
}
