import twitterText from 'twitter-text';
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
  total: number;
  segments: Map<number, number>;
  finalized: boolean;
  /** Status questions still to be answered with "in progress". */
  polls: number;
  alt: string;
}

interface Tweet {
  id: string;
  text: string;
  replyTo: string | undefined;
  mediaIds: string[];
  createdAt: Date;
}

/** What somebody else wrote, as the account's mentions show it. */
interface Mention {
  id: string;
  text: string;
  by: { id: string; username: string; name: string };
  replyTo: string;
  createdAt: Date;
}

const MENTIONS_PER_PAGE = 3;

const newTweet = z.strictObject({
  text: z.string().optional(),
  media: z.strictObject({ media_ids: z.array(z.string()).min(1).max(4) }).optional(),
  reply: z.strictObject({ in_reply_to_tweet_id: z.string() }).optional(),
  reply_settings: z.enum(['following', 'mentionedUsers', 'subscribers']).optional(),
});

const problem = (status: number, title: string, detail: string, type = 'about:blank'): FakeAnswer => ({
  status,
  body: { title, detail, type, status },
});

/** X API v2 as far as publishing needs it. @see https://docs.x.com/x-api */
export class FakeX extends FakeNetwork {
  readonly user = { id: '2244994945', username: 'irisync_test', name: 'IriSync Test' };
  readonly clientId = 'x-client';
  readonly clientSecret = 'x-client-secret-value';
  readonly oauth: FakeOAuth;
  readonly media = new Map<string, Media>();
  readonly tweets = new Map<string, Tweet>();
  readonly mentions: Mention[] = [];
  subscription = 'None';

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), { accessSeconds: 7_200, pkceRequired: true });
  }

  /** Somebody answers a post; X puts the name of whom they answer before it. @returns the id of what they wrote. */
  hear(name: string, text: string, on: string): string {
    const by = { id: `88${name.length}${name.charCodeAt(0)}`, username: name, name: `${name} Example` };
    const mention = {
      id: nextId(),
      text: `@${this.user.username} ${text}`,
      by,
      replyTo: on,
      createdAt: this.clock.now(),
    };
    this.mentions.push(mention);
    return mention.id;
  }

  posts(): SeenPost[] {
    return [...this.tweets.values()].map((tweet) => ({
      id: tweet.id,
      text: tweet.text,
      replyTo: tweet.replyTo,
      media: tweet.mediaIds.map((id) => {
        const media = this.media.get(id);
        return { alt: media?.alt ?? '', mime: media?.mime ?? '', bytes: media?.total ?? 0 };
      }),
    }));
  }

  protected pointOf({ method, path }: FakeRequest): FaultPoint {
    if (method === 'POST' && path === '/2/tweets') return 'commit';
    if (path === '/2/oauth2/token') return 'token';
    return path.startsWith('/2/media') ? 'upload' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return problem(503, 'Service Unavailable', 'Over capacity.');
    if (kind === 'unauthorized') return problem(401, 'Unauthorized', 'Unauthorized');
    if (kind === 'reject')
      return problem(403, 'Forbidden', 'You are not allowed to create a Tweet with duplicate content.');
    const reset = Math.floor(this.clock.now().getTime() / 1000) + 30;
    return {
      ...problem(429, 'Too Many Requests', 'Too Many Requests'),
      headers: {
        'x-rate-limit-limit': '100',
        'x-rate-limit-remaining': '0',
        'x-rate-limit-reset': String(reset),
        ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
      },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { method, path, query } = request;
    if (path === '/i/oauth2/authorize') return this.oauth.authorize(query);
    if (path === '/2/oauth2/token') return this.#token(request);
    if (path === '/2/oauth2/revoke') {
      this.oauth.revoke(request.form().token);
      return { status: 200, body: { revoked: true } };
    }
    must(this.oauth.accepts(bearer(request.headers)), problem(401, 'Unauthorized', 'Unauthorized'));
    if (path === '/2/users/me')
      return {
        status: 200,
        body: {
          data: {
            ...this.user,
            subscription_type: this.subscription,
            public_metrics: { followers_count: 321 },
          },
        },
      };
    if (path.startsWith('/2/media')) return await this.#media(request);
    if (method === 'POST' && path === '/2/tweets') return this.#tweet(request);
    if (path === `/2/users/${this.user.id}/mentions`) return this.#mentioned(query);
    if (path === `/2/users/${this.user.id}/tweets`) return this.#timeline(query);
    const id = /^\/2\/tweets\/(\d+)$/.exec(path)?.[1] ?? '';
    const known = this.tweets.get(id);
    must(known, problem(404, 'Not Found Error', `Could not find tweet with id: [${id}].`));
    if (method === 'DELETE') {
      this.tweets.delete(id);
      return { status: 200, body: { data: { deleted: true } } };
    }
    return {
      status: 200,
      body: {
        data: {
          id,
          text: known.text,
          public_metrics: {
            retweet_count: 2,
            reply_count: 1,
            like_count: 5,
            quote_count: 1,
            bookmark_count: 3,
            impression_count: 90,
          },
          non_public_metrics: { url_link_clicks: 4 },
        },
      },
    };
  }

  #token(request: FakeRequest): FakeAnswer {
    const expected = `Basic ${Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')}`;
    must(request.headers.get('authorization') === expected, {
      status: 401,
      body: { error: 'unauthorized_client', error_description: 'Missing valid authorization header' },
    });
    const form = request.form();
    const grant =
      form.grant_type === 'refresh_token'
        ? this.oauth.refresh(form.refresh_token)
        : this.oauth.exchange(form);
    must(grant, {
      status: 400,
      body: { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' },
    });
    return { status: 200, body: this.oauth.body(grant) };
  }

  async #media(request: FakeRequest): Promise<FakeAnswer> {
    const { method, path, query } = request;
    if (path === '/2/media/upload/initialize') {
      const input = z
        .strictObject({
          media_type: z.string(),
          total_bytes: z.number().int().positive(),
          media_category: z.enum(['tweet_image', 'tweet_gif', 'tweet_video']),
        })
        .parse(request.json());
      const video = input.media_category === 'tweet_video';
      const media: Media = {
        id: nextId(),
        mime: input.media_type,
        total: input.total_bytes,
        segments: new Map(),
        finalized: false,
        polls: video ? 1 : 0,
        alt: '',
      };
      this.media.set(media.id, media);
      return {
        status: 200,
        body: { data: { id: media.id, media_key: `3_${media.id}`, expires_after_secs: 86_400 } },
      };
    }
    if (path === '/2/media/metadata') {
      const input = z
        .strictObject({
          id: z.string(),
          metadata: z.strictObject({ alt_text: z.strictObject({ text: z.string().max(1_000) }) }),
        })
        .parse(request.json());
      this.#known(input.id).alt = input.metadata.alt_text.text;
      return { status: 200, body: { data: { id: input.id } } };
    }
    if (method === 'GET' && path === '/2/media/upload') {
      const media = this.#known(query.get('media_id') ?? '');
      media.polls -= 1;
      return {
        status: 200,
        body: {
          data: {
            id: media.id,
            processing_info: { state: media.polls >= 0 ? 'in_progress' : 'succeeded', check_after_secs: 1 },
          },
        },
      };
    }
    const [, id = '', action] = /^\/2\/media\/upload\/(\d+)\/(append|finalize)$/.exec(path) ?? [];
    const media = this.#known(id);
    if (action === 'append') {
      const form = await request.multipart();
      const part = form.get('media') as File;
      must(part.size <= 5 * 1024 * 1024, problem(413, 'Payload Too Large', 'Chunk too large.'));
      media.segments.set(Number(form.get('segment_index')), part.size);
      return { status: 200, body: { data: { expires_at: 1 } } };
    }
    const received = [...media.segments.values()].reduce((sum, size) => sum + size, 0);
    must(
      received === media.total,
      problem(400, 'Invalid Request', 'Segments do not add up to provided total file size.'),
    );
    media.finalized = true;
    const processing = media.polls > 0 ? { processing_info: { state: 'pending', check_after_secs: 1 } } : {};
    return {
      status: 200,
      body: { data: { id: media.id, size: media.total, expires_after_secs: 86_400, ...processing } },
    };
  }

  #known(id: string): Media {
    const media = this.media.get(id);
    must(media, problem(400, 'Invalid Request', 'Your media IDs are invalid.'));
    return media;
  }

  #tweet(request: FakeRequest): FakeAnswer {
    const parsed = newTweet.safeParse(request.json());
    must(
      parsed.success,
      problem(400, 'Invalid Request', 'One or more parameters to your request was invalid.'),
    );
    const { text = '', media, reply } = parsed.data;
    must(text || media, problem(400, 'Invalid Request', 'Text or media is required.'));
    const limit = this.subscription === 'None' ? 280 : 25_000;
    must(
      twitterText.parseTweet(text).weightedLength <= limit,
      problem(403, 'Forbidden', 'Your Tweet text is too long.'),
    );
    for (const id of media?.media_ids ?? [])
      must(this.#known(id).finalized, problem(400, 'Invalid Request', 'Your media IDs are invalid.'));
    const duplicate = [...this.tweets.values()].some(
      (tweet) => tweet.text === text && tweet.replyTo === reply?.in_reply_to_tweet_id,
    );
    must(
      !duplicate,
      problem(403, 'Forbidden', 'You are not allowed to create a Tweet with duplicate content.'),
    );
    const tweet: Tweet = {
      id: nextId(),
      text,
      replyTo: reply?.in_reply_to_tweet_id,
      mediaIds: media?.media_ids ?? [],
      createdAt: this.clock.now(),
    };
    this.tweets.set(tweet.id, tweet);
    return {
      status: 201,
      headers: {
        'x-rate-limit-limit': '100',
        'x-rate-limit-remaining': '99',
        'x-rate-limit-reset': '1900000000',
      },
      body: { data: { id: tweet.id, text, edit_history_tweet_ids: [tweet.id] } },
    };
  }

  #mentioned(query: URLSearchParams): FakeAnswer {
    const limit = Number(query.get('max_results'));
    must(limit >= 5 && limit <= 100, problem(400, 'Invalid Request', 'max_results is out of range.'));
    const since = new Date(query.get('start_time') ?? 0);
    const all = this.mentions.filter(({ createdAt }) => createdAt >= since).reverse();
    const from = Number(query.get('pagination_token')?.slice(1) ?? 0);
    const page = all.slice(from, from + Math.min(limit, MENTIONS_PER_PAGE));
    const next = from + page.length;
    const meta = {
      result_count: page.length,
      ...(next < all.length ? { next_token: `t${next}` } : {}),
    };
    if (page.length === 0) return { status: 200, body: { meta } };
    const data = page.map(({ id, text, by, replyTo, createdAt }) => ({
      id,
      text,
      author_id: by.id,
      in_reply_to_user_id: this.user.id,
      created_at: createdAt.toISOString(),
      edit_history_tweet_ids: [id],
      referenced_tweets: [{ type: 'replied_to', id: replyTo }],
    }));
    return { status: 200, body: { data, includes: { users: page.map(({ by }) => by) }, meta } };
  }

  /** Links as `t.co`, signs as entities, a link to the media at the end: as X shows its own posts. */
  #timeline(query: URLSearchParams): FakeAnswer {
    const since = new Date(query.get('start_time') ?? 0);
    const data = [...this.tweets.values()]
      .filter((tweet) => tweet.createdAt >= since)
      .map((tweet) => {
        const urls: { url: string; expanded_url: string; media_key?: string }[] = [];
        let text = tweet.text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
        text = text.replace(/https?:\/\/\S+/g, (found) => {
          const url = `https://t.co/${urls.length}${tweet.id}`;
          urls.push({ url, expanded_url: found.replaceAll('&amp;', '&') });
          return url;
        });
        if (tweet.mediaIds.length > 0) {
          const url = `https://t.co/m${tweet.id}`;
          urls.push({
            url,
            expanded_url: `https://x.com/i/status/${tweet.id}/photo/1`,
            media_key: `3_${tweet.mediaIds[0]}`,
          });
          text = `${text} ${url}`.trim();
        }
        return {
          id: tweet.id,
          text,
          created_at: tweet.createdAt.toISOString(),
          edit_history_tweet_ids: [tweet.id],
          ...(urls.length > 0 ? { entities: { urls } } : {}),
          ...(tweet.replyTo ? { referenced_tweets: [{ type: 'replied_to', id: tweet.replyTo }] } : {}),
        };
      });
    return {
      status: 200,
      body: data.length > 0 ? { data, meta: { result_count: data.length } } : { meta: { result_count: 0 } },
    };
  }
}
