import type { Clock } from '@/core/time/clock';
import { bearer, FakeOAuth } from './platforms/oauth-server';
import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  must,
  type NetworkFault,
} from './platforms/server';
import { SlackContract } from './slack-contract';

export interface SlackFakeChannel {
  id: string;
  name: string;
  topic: string;
  archived: boolean;
  at: Date;
}
export interface SlackFakeUser {
  id: string;
  name: string;
  realName: string;
  deleted: boolean;
  at: Date;
}

const SCOPES = 'channels:read,users:read,chat:write';

/** A Slack workspace as far as signing in, its channels, people and messages go. Refusals come with 200. */
export class FakeSlack extends FakeNetwork {
  readonly oauth: FakeOAuth;
  readonly clientId = '1234.5678';
  readonly clientSecret = 'the-secret-of-the-app';
  readonly key = `xoxb-${'1'.repeat(12)}-${'k'.repeat(24)}`;
  readonly teamId = `T${Math.floor(Math.random() * 36 ** 8)
    .toString(36)
    .toUpperCase()
    .padStart(8, '0')}`;
  keyScopes = SCOPES;
  keyRevoked = false;
  readonly channels = new Map<string, SlackFakeChannel>();
  readonly users = new Map<string, SlackFakeUser>();
  readonly messages: { channel: string; text: string; at: number }[] = [];
  readonly contract = new SlackContract();
  readonly violations: string[] = [];
  #nextId = 1_000;

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), { accessSeconds: 43_200, pkceRequired: false });
  }

  posts(): [] {
    return [];
  }

  env(): Record<string, string> {
    return {
      SLACK_CLIENT_ID: this.clientId,
      SLACK_CLIENT_SECRET: this.clientSecret,
      SLACK_API_BASE_URL: this.url,
    };
  }

  addChannel(name: string): SlackFakeChannel {
    const channel = { id: this.#id('C'), name, topic: '', archived: false, at: this.clock.now() };
    this.channels.set(channel.id, channel);
    return channel;
  }

  addUser(realName: string): SlackFakeUser {
    const name = realName.toLowerCase();
    const user = { id: this.#id('U'), name, realName, deleted: false, at: this.clock.now() };
    this.users.set(user.id, user);
    return user;
  }

  protected pointOf({ path }: FakeRequest): FaultPoint {
    if (path.endsWith('/oauth.v2.access')) return 'token';
    return path.endsWith('/chat.postMessage') ? 'commit' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return refused('internal_error');
    if (kind === 'unauthorized') return refused('invalid_auth');
    if (kind === 'reject') return refused('invalid_arguments');
    return limited(fault.retryAfterSeconds);
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path } = request;
    if (path === '/oauth/v2/authorize') return this.#authorize(request.query);
    if (path === '/api/oauth.v2.access') return this.#token(request);
    const token = bearer(request.headers);
    const ours = token === this.key && !this.keyRevoked;
    must(this.oauth.accepts(token) || ours, refused(ours ? 'invalid_auth' : 'token_expired'));
    if (path === '/api/auth.revoke') {
      this.oauth.revoke(token);
      return { status: 200, body: { ok: true, revoked: true } };
    }
    return this.#method(path.replace('/api/', ''), request);
  }

  #authorize(query: URLSearchParams): FakeAnswer {
    must(query.get('client_id') === this.clientId, refused('invalid_client_id'));
    const asked = new URLSearchParams(query);
    asked.set('response_type', 'code');
    asked.set('scope', (query.get('scope') ?? '').replaceAll(',', ' '));
    return this.oauth.authorize(asked);
  }

  #token(request: FakeRequest): FakeAnswer {
    const basic = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64');
    must(request.headers.get('authorization') === `Basic ${basic}`, refused('bad_client_secret'));
    const form = request.form();
    const renewing = form.grant_type === 'refresh_token';
    const grant = renewing ? this.oauth.refresh(form.refresh_token) : this.oauth.exchange(form);
    must(grant, refused(renewing ? 'invalid_refresh_token' : 'invalid_code'));
    const body = {
      ...{ ok: true, ...this.oauth.body(grant), token_type: 'bot' },
      scope: grant.scopes.replaceAll(' ', ','),
      ...{ bot_user_id: 'U0BOT00001', app_id: 'A0APP00001', enterprise: null },
      ...{ team: { id: this.teamId, name: 'Acme' }, authed_user: { id: 'U0ADA00001' } },
    };
    this.violations.push(...this.contract.response('get', 'oauth.v2.access', body));
    return { status: 200, body };
  }

  #method(name: string, request: FakeRequest): FakeAnswer {
    const post = request.method === 'POST';
    const sent = post ? Object.keys(request.json()) : [...request.query.keys()];
    this.violations.push(...this.contract.request(post ? 'post' : 'get', name, sent));
    const body = this.#answer(name, request);
    this.violations.push(...this.contract.response(post ? 'post' : 'get', name, body));
    return { status: 200, body, headers: { 'x-oauth-scopes': this.keyScopes } };
  }

  #answer(name: string, { query, json }: FakeRequest): Record<string, unknown> {
    switch (name) {
      case 'auth.test':
        return {
          ...{ ok: true, url: 'https://acme.slack.com/', team: 'Acme', user: 'irisync' },
          ...{ team_id: this.teamId, user_id: 'U0BOT00001', bot_id: 'B0BOT00001' },
        };
      case 'conversations.list':
        return this.#page('channels', [...this.channels.values()].map(channelView), query);
      case 'users.list':
        return this.#page(
          'members',
          [...this.users.values()].map((one) => this.#userView(one)),
          query,
        );
      case 'conversations.info': {
        const channel = this.channels.get(query.get('channel') ?? '');
        must(channel, refused('channel_not_found'));
        return { ok: true, channel: channelView(channel) };
      }
      case 'users.info': {
        const user = this.users.get(query.get('user') ?? '');
        must(user, refused('user_not_found'));
        return { ok: true, user: this.#userView(user) };
      }
      case 'chat.postMessage':
        return this.#post(json());
      default:
        throw new Error(`no method ${name}`);
    }
  }

  /** One message a second for each channel. */
  #post({ channel, text }: { channel: string; text: string }): Record<string, unknown> {
    must(this.channels.has(channel), refused('channel_not_found'));
    must(!this.channels.get(channel)?.archived, refused('is_archived'));
    const at = this.clock.now().getTime();
    must(!this.messages.some((one) => one.channel === channel && at - one.at < 1_000), limited(1));
    this.messages.push({ channel, text, at });
    const ts = `${Math.floor(at / 1000)}.${String(this.messages.length).padStart(6, '0')}`;
    return { ok: true, channel, ts, message: { type: 'message', text, ts, user: 'U0BOT00001' } };
  }

  #page(field: string, all: readonly object[], query: URLSearchParams): Record<string, unknown> {
    const limit = Number(query.get('limit') ?? 100);
    must(limit >= 1 && limit <= 1_000, refused('invalid_limit'));
    const start = Number(Buffer.from(query.get('cursor') ?? '', 'base64').toString() || 0);
    const more = all.length > start + limit;
    const next_cursor = more ? Buffer.from(String(start + limit)).toString('base64') : '';
    return { ok: true, [field]: all.slice(start, start + limit), response_metadata: { next_cursor } };
  }

  #userView({ id, name, realName, deleted, at }: SlackFakeUser) {
    const [first = '', last = ''] = realName.split(' ');
    const avatar = 'https://a.slack-edge.com/avatar.png';
    const images = Object.fromEntries([24, 32, 48, 72, 192, 512].map((size) => [`image_${size}`, avatar]));
    const view = {
      ...{ id, name, team_id: this.teamId, deleted, real_name: realName, tz: 'Europe/Berlin' },
      ...{ is_bot: false, is_app_user: false, is_admin: false, updated: Math.floor(at.getTime() / 1000) },
      profile: {
        ...{ real_name: realName, real_name_normalized: realName, display_name: first, title: 'Editor' },
        ...{ display_name_normalized: first, first_name: first, last_name: last, avatar_hash: 'g1' },
        ...{ phone: '', skype: '', status_emoji: '', status_text: '', team: this.teamId, fields: [] },
        ...images,
      },
    };
    this.violations.push(...this.contract.object('objs_user', view));
    return view;
  }

  #id(letter: string): string {
    this.#nextId += 1;
    return `${letter}${this.#nextId.toString(36).toUpperCase().padStart(8, '0')}`;
  }
}

function channelView({ id, name, topic, archived, at }: SlackFakeChannel) {
  const created = Math.floor(at.getTime() / 1000);
  const text = (value: string) => ({ value, creator: '', last_set: 0 });
  return {
    ...{ id, name, name_normalized: name, created, creator: 'U0ADA00001', unlinked: 0, num_members: 4 },
    ...{ is_channel: true, is_group: false, is_im: false, is_mpim: false, is_private: false },
    ...{ is_archived: archived, is_general: false, is_shared: false, is_org_shared: false, is_member: true },
    ...{ topic: text(topic), purpose: text('For everybody.'), previous_names: [], pending_shared: [] },
  };
}

function refused(error: string): FakeAnswer {
  return { status: 200, body: { ok: false, error } };
}

function limited(retryAfterSeconds: number | undefined): FakeAnswer {
  const answer = { status: 429, body: { ok: false, error: 'ratelimited' } };
  return retryAfterSeconds === undefined
    ? answer
    : { ...answer, headers: { 'retry-after': String(retryAfterSeconds) } };
}
