import { createHash } from 'node:crypto';
import type { Clock } from '@/core/time/clock';
import { BlueskySessions, jwt, xrpcError as oops } from './bluesky-sessions';
import { LexiconCheck } from './lexicons';
import { bearer } from './oauth-server';
import {
  type FakeAnswer,
  FakeNetwork,
  FakeRefusal,
  type FakeRequest,
  type FaultPoint,
  must,
  type NetworkFault,
  type SeenPost,
} from './server';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** CIDv1, sha-256. @see https://atproto.com/specs/data-model#link-and-cid-formats */
export function cidOf(data: string | Uint8Array, codec: 'raw' | 'dag-cbor'): string {
  const hash = createHash('sha256').update(data).digest();
  const bytes = Buffer.concat([Buffer.from([1, codec === 'raw' ? 0x55 : 0x71, 0x12, 0x20]), hash]);
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return `b${groups.map((group) => BASE32.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('')}`;
}

interface Post {
  rkey: string;
  cid: string;
  record: { text: string; reply?: { parent: { uri: string } }; embed?: Embed };
}
interface Embed {
  images?: { image: { mimeType: string; size: number }; alt: string }[];
  video?: { mimeType: string; size: number };
  alt?: string;
}

/** What a server stores at the most, and what a post may refer to. */
const UPLOAD_BYTES = 5_242_880;
const IMAGE_BYTES = 2_000_000;
/** All calls of one address; of several allowances a server tells the one of which least is left. */
const CALLS_PER_ADDRESS = 3_000;

/** A personal data server with its video service. Every call with a published lexicon is validated against it, both ways. */
export class FakeBluesky extends FakeNetwork {
  readonly did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz';
  readonly handle = 'iris.test';
  readonly appPassword = 'abcd-efgh-ijkl-mnop';
  readonly lexicons = new LexiconCheck();
  readonly records = new Map<string, Post>();
  readonly jobs = new Map<string, { polls: number; blob: object }>();
  readonly violations: string[] = [];
  readonly sessions: BlueskySessions;
  /** The person closed the account, or the network did. */
  standing: 'active' | 'deactivated' | 'takendown' = 'active';
  #called = 0;

  constructor(clock: Clock) {
    super(clock);
    this.sessions = new BlueskySessions(clock, this.did);
  }

  /** What `listNotifications` tells, oldest first. */
  readonly heard: object[] = [];

  posts(): SeenPost[] {
    return [...this.records.values()].map(({ rkey, record }) => ({
      id: rkey,
      text: record.text,
      replyTo: record.reply?.parent.uri.split('/').at(-1),
      media: [
        ...(record.embed?.images ?? []).map((item) => ({
          alt: item.alt,
          mime: item.image.mimeType,
          bytes: item.image.size,
        })),
        ...(record.embed?.video
          ? [
              {
                alt: record.embed.alt ?? '',
                mime: record.embed.video.mimeType,
                bytes: record.embed.video.size,
              },
            ]
          : []),
      ],
    }));
  }

  /** Somebody writes to the account, perhaps in answer to one of its posts. @returns the uri of what they wrote. */
  hear(from: string, text: string, answers?: string): string {
    const did = 'did:plc:z72i7hdynmk6r22z27h6tvur';
    const uri = `at://${did}/app.bsky.feed.post/3jui7kd54z${String(this.heard.length).padStart(2, '2')}2`;
    const post = answers ? this.records.get(answers) : undefined;
    const ref = post && { uri: this.#uri(post.rkey), cid: post.cid };
    const at = this.clock.now().toISOString();
    const record = {
      $type: 'app.bsky.feed.post',
      text,
      createdAt: at,
      ...(ref ? { reply: { root: ref, parent: ref } } : {}),
    };
    this.heard.push({
      uri,
      cid: cidOf(JSON.stringify(record), 'dag-cbor'),
      author: { did, handle: from, displayName: '' },
      reason: ref ? 'reply' : 'mention',
      record,
      isRead: false,
      indexedAt: at,
    });
    return uri;
  }

  protected pointOf({ path }: FakeRequest): FaultPoint {
    if (path.endsWith('repo.createRecord')) return 'commit';
    if (/server\.(createSession|refreshSession)$/.test(path)) return 'token';
    return /uploadBlob|video\./.test(path) ? 'upload' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return oops(502, 'UpstreamFailure', 'Upstream failed');
    if (kind === 'unauthorized') return oops(400, 'ExpiredToken', 'Token has expired');
    if (kind === 'reject') return oops(400, 'InvalidRequest', 'Invalid app.bsky.feed.post record');
    const reset = Math.floor(this.clock.now().getTime() / 1000) + 30;
    return {
      ...oops(429, 'RateLimitExceeded', 'Rate Limit Exceeded'),
      headers: {
        'ratelimit-limit': '5000',
        'ratelimit-policy': '5000;w=3600',
        'ratelimit-remaining': '0',
        'ratelimit-reset': String(reset),
        ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
      },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const nsid = request.path.replace('/xrpc/', '');
    try {
      if (request.method === 'GET')
        this.lexicons.params(nsid, Object.fromEntries(arrayParams(request.query)));
      else if (request.headers.get('content-type')?.startsWith('application/json'))
        this.lexicons.input(nsid, request.json());
    } catch (error) {
      this.violations.push(`${nsid} request: ${String(error)}`);
      throw new FakeRefusal(oops(400, 'InvalidRequest', String(error)));
    }
    const answer = this.#call(nsid, request);
    this.#called += 1;
    answer.headers = { ...this.#rateHeaders(), ...answer.headers };
    if (answer.status < 300) {
      try {
        this.lexicons.output(nsid, answer.body);
      } catch (error) {
        this.violations.push(`${nsid} answer: ${String(error)}`);
      }
    }
    return answer;
  }

  #call(nsid: string, request: FakeRequest): FakeAnswer {
    switch (nsid) {
      case 'com.atproto.server.createSession':
        return this.#createSession(request.json());
      case 'com.atproto.server.refreshSession':
        return this.#refresh(bearer(request.headers));
      case 'com.atproto.server.deleteSession':
        this.sessions.end(bearer(request.headers));
        return { status: 200 };
      case 'com.atproto.identity.resolveHandle':
        must(
          request.query.get('handle') !== 'nobody.test',
          oops(400, 'HandleNotFound', 'Unable to resolve handle'),
        );
        return { status: 200, body: { did: 'did:plc:z72i7hdynmk6r22z27h6tvur' } };
      case 'app.bsky.video.getJobStatus':
        return { status: 200, body: { jobStatus: this.#job(request.query.get('jobId') ?? '') } };
      case 'app.bsky.video.uploadVideo':
        return this.#uploadVideo(request);
    }
    this.sessions.require(bearer(request.headers));
    switch (nsid) {
      case 'com.atproto.server.getSession':
        return this.#session();
      case 'com.atproto.server.getServiceAuth':
        return {
          status: 200,
          body: { token: jwt({ aud: request.query.get('aud'), lxm: request.query.get('lxm') }) },
        };
      case 'app.bsky.actor.getProfile':
        return {
          status: 200,
          body: { did: this.did, handle: this.handle, displayName: 'Iris', followersCount: 12 },
        };
      case 'app.bsky.notification.listNotifications':
        return { status: 200, body: this.#notifications(Number(request.query.get('cursor') ?? 0)) };
      case 'app.bsky.feed.getPosts':
        return { status: 200, body: { posts: this.#views(request.query.getAll('uris')) } };
      case 'com.atproto.repo.uploadBlob':
        must(request.bytes.length <= UPLOAD_BYTES, oops(413, 'PayloadTooLarge', 'request entity too large'));
        return { status: 200, body: { blob: blobOf(request) } };
      default:
        return this.#repo(nsid, request);
    }
  }

  /** Three to a page, so that turning pages is tested. */
  #notifications(from: number) {
    const all = [...this.heard].reverse();
    const notifications = all.slice(from, from + 3);
    return { notifications, ...(from + 3 < all.length ? { cursor: String(from + 3) } : {}) };
  }

  #repo(nsid: string, request: FakeRequest): FakeAnswer {
    if (nsid === 'com.atproto.repo.createRecord') return this.#create(request.json());
    if (nsid === 'com.atproto.repo.deleteRecord') {
      const found = this.records.delete(request.json<{ rkey: string }>().rkey);
      const commit = { cid: cidOf('commit', 'dag-cbor'), rev: '3jui7kd54zh2y' };
      return { status: 200, body: found ? { commit } : {} };
    }
    must(nsid === 'com.atproto.repo.getRecord', oops(501, 'MethodNotImplemented', 'Method Not Implemented'));
    const post = this.records.get(request.query.get('rkey') ?? '');
    const sought = this.#uri(request.query.get('rkey') ?? '');
    must(post, oops(400, 'RecordNotFound', `Could not locate record: ${sought}`));
    return { status: 200, body: { uri: this.#uri(post.rkey), cid: post.cid, value: post.record } };
  }

  #create(input: { repo: string; collection: string; rkey: string; record: Post['record'] }): FakeAnswer {
    must(input.repo === this.did, oops(400, 'InvalidRequest', 'Could not find repo'));
    must(this.standing !== 'deactivated', oops(401, 'AccountDeactivated', 'Account is deactivated'));
    must(this.standing !== 'takendown', oops(401, 'AccountTakedown', 'Account has been taken down'));
    const large = input.record.embed?.images?.find(({ image }) => image.size > IMAGE_BYTES);
    must(!large, oops(400, 'InvalidRequest', `Invalid ${input.collection} record: blob too big`));
    try {
      this.lexicons.record(input.collection, input.record);
    } catch (error) {
      this.violations.push(`record: ${String(error)}`);
      throw new FakeRefusal(
        oops(400, 'InvalidRequest', `Invalid ${input.collection} record: ${String(error)}`),
      );
    }
    // A tree has one value per key: a second write under it fails, as it does at a real server.
    must(!this.records.has(input.rkey), oops(500, 'InternalServerError', 'Internal Server Error'));
    const cid = cidOf(JSON.stringify(input.record), 'dag-cbor');
    this.records.set(input.rkey, { rkey: input.rkey, cid, record: input.record });
    return {
      status: 200,
      body: {
        uri: this.#uri(input.rkey),
        cid,
        commit: { cid: cidOf(`commit${cid}`, 'dag-cbor'), rev: '3jui7kd54zh2y' },
        validationStatus: 'valid',
      },
    };
  }

  #createSession(input: { identifier: string; password: string }): FakeAnswer {
    const right = input.identifier === this.handle && input.password === this.appPassword;
    must(right, oops(401, 'AuthenticationRequired', 'Invalid identifier or password'));
    return { status: 200, body: this.#sessionBody(this.sessions.open(), true) };
  }

  #refresh(token: string): FakeAnswer {
    must(this.standing !== 'takendown', oops(401, 'AccountTakedown', 'Account has been taken down'));
    return { status: 200, body: this.#sessionBody(this.sessions.rotate(token), false) };
  }

  /** An account that the network took down is not even found. */
  #session(): FakeAnswer {
    const gone = `Could not find user info for account: ${this.did}`;
    must(this.standing !== 'takendown', oops(400, 'InvalidRequest', gone));
    return { status: 200, body: { handle: this.handle, did: this.did, ...this.#active() } };
  }

  #active() {
    return this.standing === 'active' ? { active: true } : { active: false, status: this.standing };
  }

  #sessionBody(session: { accessJwt: string; refreshJwt: string }, withDocument: boolean) {
    return {
      ...session,
      handle: this.handle,
      did: this.did,
      ...this.#active(),
      ...(withDocument
        ? {
            didDoc: {
              id: this.did,
              service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: this.url }],
            },
          }
        : {}),
    };
  }

  #rateHeaders(): Record<string, string> {
    return {
      'ratelimit-limit': String(CALLS_PER_ADDRESS),
      'ratelimit-policy': `${CALLS_PER_ADDRESS};w=300`,
      'ratelimit-remaining': String(Math.max(0, CALLS_PER_ADDRESS - this.#called)),
      'ratelimit-reset': String(Math.floor(this.clock.now().getTime() / 1000) + 300),
    };
  }

  #uploadVideo(request: FakeRequest): FakeAnswer {
    must(bearer(request.headers).startsWith('e'), oops(401, 'AuthMissing', 'Authentication Required'));
    const jobId = `job-${createHash('sha256').update(request.bytes).digest('hex').slice(0, 12)}`;
    if (this.jobs.has(jobId))
      return {
        status: 409,
        body: { jobId, did: this.did, state: 'JOB_STATE_COMPLETED', error: 'already_exists' },
      };
    this.jobs.set(jobId, { polls: 1, blob: blobOf(request) });
    return { status: 200, body: { jobId, did: this.did, state: 'JOB_STATE_CREATED' } };
  }

  #job(jobId: string): object {
    const job = this.jobs.get(jobId);
    must(job, oops(400, 'InvalidRequest', 'No such job'));
    job.polls -= 1;
    const done = job.polls < 0;
    return {
      jobId,
      did: this.did,
      state: done ? 'JOB_STATE_COMPLETED' : 'JOB_STATE_ENCODING',
      ...(done ? { blob: job.blob } : {}),
    };
  }

  #views(uris: string[]): object[] {
    return uris.flatMap((uri) => {
      const post = this.records.get(uri.split('/').at(-1) ?? '');
      if (!post) return [];
      return [
        {
          uri,
          cid: post.cid,
          author: { did: this.did, handle: this.handle },
          record: post.record,
          replyCount: 1,
          repostCount: 2,
          likeCount: 3,
          quoteCount: 1,
          indexedAt: this.clock.now().toISOString(),
        },
      ];
    });
  }

  #uri(rkey: string): string {
    return `at://${this.did}/app.bsky.feed.post/${rkey}`;
  }
}

function arrayParams(query: URLSearchParams): [string, string | string[]][] {
  return [...new Set(query.keys())].map((name) => [
    name,
    name === 'uris' ? query.getAll(name) : (query.get(name) ?? ''),
  ]);
}

function blobOf(request: FakeRequest) {
  return {
    $type: 'blob',
    ref: { $link: cidOf(request.bytes, 'raw') },
    mimeType: request.headers.get('content-type') ?? 'application/octet-stream',
    size: request.bytes.length,
  };
}
