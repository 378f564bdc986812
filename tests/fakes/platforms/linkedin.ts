import { z } from 'zod';
import type { Clock } from '@/core/time/clock';
import { LinkedInComments, problem } from './linkedin-comments';
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

interface Asset {
  urn: string;
  kind: 'image' | 'video' | 'document';
  owner: string;
  total: number;
  parts: Map<number, { bytes: number; etag: string }>;
  finalized: boolean;
  /** Status questions still to be answered with "processing". */
  polls: number;
}
interface Post {
  urn: string;
  author: string;
  commentary: string;
  content: z.infer<typeof newPost>['content'];
  createdAt: number;
}
const picture = z.strictObject({ id: z.string(), altText: z.string().max(4_086).optional() });
const newPost = z.strictObject({
  author: z.string().startsWith('urn:li:'),
  commentary: z.string().max(9_000),
  visibility: z.enum(['PUBLIC', 'CONNECTIONS']),
  distribution: z.strictObject({
    feedDistribution: z.enum(['MAIN_FEED', 'NONE']),
    targetEntities: z.array(z.unknown()),
    thirdPartyDistributionChannels: z.array(z.unknown()),
  }),
  content: z
    .union([
      z.strictObject({ media: picture.extend({ title: z.string().optional() }) }),
      z.strictObject({ multiImage: z.strictObject({ images: z.array(picture).min(2).max(20) }) }),
      z.strictObject({
        article: z.strictObject({ source: z.url(), title: z.string(), description: z.string().optional() }),
      }),
    ])
    .optional(),
  lifecycleState: z.literal('PUBLISHED'),
  isReshareDisabledByAuthor: z.boolean(),
});
const initialize = z.strictObject({
  initializeUploadRequest: z.strictObject({
    owner: z.string(),
    fileSizeBytes: z.number().int().positive().optional(),
    uploadCaptions: z.boolean().optional(),
    uploadThumbnail: z.boolean().optional(),
  }),
});
const finalize = z.strictObject({
  finalizeUploadRequest: z.strictObject({
    video: z.string(),
    uploadToken: z.string(),
    uploadedPartIds: z.array(z.string()),
  }),
});
const PART = 8_000;
const DAY_SECONDS = 86_400;
/** A reserved sign that is not escaped ends a text there. */
const BARE = /(?<!\\)[{}@[\]()<>#*_~|]/;

/** LinkedIn's versioned API as far as publishing needs it. @see https://learn.microsoft.com/en-us/linkedin/marketing/ */
export class FakeLinkedIn extends FakeNetwork {
  readonly clientId = 'linkedin-client';
  readonly clientSecret = 'linkedin-client-secret';
  readonly member = { sub: 'abc-DEF_1', name: 'Iris Member' };
  readonly organization = { id: '2414183', localizedName: 'Iris Garden GmbH', vanityName: 'iris-garden' };
  readonly oauth: FakeOAuth;
  readonly assets = new Map<string, Asset>();
  readonly shares = new Map<string, Post>();
  readonly comments = new LinkedInComments(this.clock, (urn) => this.shares.has(urn));
  /** Files that LinkedIn cannot make anything of, from now on. */
  failsProcessing = false;
  /** Versions this LinkedIn still takes. */
  oldestVersion = 202508;

  constructor(
    clock: Clock,
    readonly approved = true,
  ) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), {
      accessSeconds: 60 * DAY_SECONDS,
      pkceRequired: false,
    });
  }

  /** Somebody comments on a post. @returns the comment's name. */
  hear(name: string, text: string, on: string): string {
    return this.comments.hear(name, text, on);
  }

  posts(): SeenPost[] {
    const shares = [...this.shares.values()].map((post) => ({
      id: post.urn,
      text: shown(post.commentary),
      replyTo: undefined,
      media: picturesOf(post).map(({ id, altText }) => {
        const asset = this.assets.get(id);
        const bytes = [...(asset?.parts.values() ?? [])].reduce((sum, part) => sum + part.bytes, 0);
        return { alt: altText ?? '', mime: asset?.kind ?? '', bytes };
      }),
    }));
    const own = [`urn:li:person:${this.member.sub}`, `urn:li:organization:${this.organization.id}`];
    return [...shares, ...this.comments.by(own)];
  }

  protected pointOf({ method, path, headers }: FakeRequest): FaultPoint {
    if (path === '/oauth/v2/accessToken') return 'token';
    if (method === 'POST' && (path === '/rest/posts' || path.endsWith('/comments'))) return 'commit';
    if (headers.get('x-restli-method') === 'PARTIAL_UPDATE') return 'read';
    return method === 'PUT' || (method === 'POST' && /^\/rest\/(images|videos|documents)$/.test(path))
      ? 'upload'
      : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return problem(500, 'INTERNAL_SERVER_ERROR', 'Internal Server Error');
    if (kind === 'unauthorized') return problem(401, 'REVOKED_ACCESS_TOKEN', 'The token has been revoked');
    if (kind === 'reject')
      return problem(422, 'DUPLICATE_POST', 'Content is a duplicate of urn:li:share:6971519770558185473');
    return {
      ...problem(429, 'TOO_MANY_REQUESTS', 'Resource level throttle limit is reached'),
      headers:
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path, query, headers } = request;
    if (path === '/oauth/v2/authorization') return this.oauth.authorize(query);
    if (path === '/oauth/v2/accessToken') return this.#token(request);
    must(
      this.oauth.accepts(bearer(headers)),
      problem(401, 'EXPIRED_ACCESS_TOKEN', 'The token used in the request has expired'),
    );
    if (path.startsWith('/dms-uploads/')) return this.#receive(request);
    if (path === '/v2/userinfo') return { status: 200, body: this.member };
    const version = Number(headers.get('linkedin-version'));
    must(
      version >= this.oldestVersion && headers.get('x-restli-protocol-version') === '2.0.0',
      problem(426, 'NONEXISTENT_VERSION', `Requested version ${version} is not active`),
    );
    const [, , resource = '', rawId, edge] = path.split('/');
    const id = rawId === undefined ? undefined : decodeURIComponent(rawId);
    if (resource === 'organizationAcls') return this.#roles();
    if (resource === 'organizations') return this.#organizations(id);
    if (resource === 'networkSizes') return { status: 200, body: { firstDegreeSize: 219 } };
    if (/^(images|videos|documents)$/.test(resource)) return this.#assets(request, resource, id);
    if (resource === 'posts') return this.#posts(request, id);
    if (resource === 'socialActions' && edge === 'comments' && id) return this.comments.answer(request, id);
    if (resource === 'socialMetadata' && id) return this.#metadata(id);
    if (resource === 'socialMetadata') return this.comments.counted(query.get('ids') ?? '');
    must(
      resource === 'organizationalEntityShareStatistics',
      problem(404, 'RESOURCE_NOT_FOUND', `No virtual resource found for ${resource}`),
    );
    return this.#statistics();
  }

  #token(request: FakeRequest): FakeAnswer {
    const form = request.form();
    must(form.client_id === this.clientId && form.client_secret === this.clientSecret, {
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client authentication failed' },
    });
    const grant =
      form.grant_type === 'refresh_token' ? this.oauth.renew(form.refresh_token) : this.oauth.exchange(form);
    must(grant, {
      status: 400,
      body: { error: 'invalid_request', error_description: 'The provided authorization grant is invalid' },
    });
    const { refresh_token: refresh, ...body } = this.oauth.body(grant);
    // Refresh tokens are for approved apps; scopes come with commas.
    return {
      status: 200,
      body: {
        ...body,
        scope: grant.scopes.replaceAll(' ', ','),
        ...(this.approved ? { refresh_token: refresh, refresh_token_expires_in: 365 * DAY_SECONDS } : {}),
      },
    };
  }

  #roles(): FakeAnswer {
    const organization = `urn:li:organization:${this.organization.id}`;
    const roleAssignee = `urn:li:person:${this.member.sub}`;
    return {
      status: 200,
      body: {
        elements: [
          { organization, roleAssignee, role: 'ADMINISTRATOR', state: 'APPROVED' },
          { organization: 'urn:li:organization:9', roleAssignee, role: 'ANALYST', state: 'APPROVED' },
        ],
      },
    };
  }

  #organizations(id: string | undefined): FakeAnswer {
    const { organization } = this;
    if (id !== undefined) {
      must(id === organization.id, problem(404, 'NOT_FOUND', 'No organization'));
      return { status: 200, body: { ...organization, id: Number(id) } };
    }
    return { status: 200, body: { results: { [organization.id]: organization }, statuses: {}, errors: {} } };
  }

  #assets(request: FakeRequest, resource: string, id: string | undefined): FakeAnswer {
    if (id !== undefined) return this.#state(id);
    const action = request.query.get('action');
    if (action === 'finalizeUpload') return this.#finalize(finalize.parse(request.json()));
    must(action === 'initializeUpload', problem(400, 'BAD_REQUEST', 'Unknown action'));
    const { owner, fileSizeBytes = 0 } = initialize.parse(request.json()).initializeUploadRequest;
    const kind = resource.slice(0, -1) as Asset['kind'];
    const asset: Asset = {
      urn: `urn:li:${kind}:${nextId('C5')}`,
      kind,
      owner,
      total: fileSizeBytes,
      parts: new Map(),
      finalized: kind !== 'video',
      polls: kind === 'image' ? 0 : 1,
    };
    this.assets.set(asset.urn, asset);
    const address = `https://www.linkedin.com/dms-uploads/${encodeURIComponent(asset.urn)}/uploaded`;
    if (kind !== 'video') return { status: 200, body: { value: { uploadUrl: address, [kind]: asset.urn } } };
    const uploadInstructions = Array.from({ length: Math.ceil(asset.total / PART) }, (_, index) => ({
      uploadUrl: `${address}?part=${index}`,
      firstByte: index * PART,
      lastByte: Math.min((index + 1) * PART, asset.total) - 1,
    }));
    return {
      status: 200,
      body: { value: { video: asset.urn, uploadToken: 'token-1', uploadInstructions } },
    };
  }

  #receive(request: FakeRequest): FakeAnswer {
    const asset = this.assets.get(decodeURIComponent(request.path.split('/')[2] ?? ''));
    must(asset && request.method === 'PUT', problem(404, 'NOT_FOUND', 'No upload'));
    const etag = nextId('etag');
    asset.parts.set(Number(request.query.get('part') ?? 0), { bytes: request.bytes.length, etag });
    return { status: 201, headers: { etag: `"${etag}"` } };
  }

  #finalize({ finalizeUploadRequest }: z.infer<typeof finalize>): FakeAnswer {
    const asset = this.assets.get(finalizeUploadRequest.video);
    must(asset, problem(404, 'NOT_FOUND', 'No video'));
    const etags = [...asset.parts.entries()].toSorted(([a], [b]) => a - b).map(([, part]) => part.etag);
    const bytes = [...asset.parts.values()].reduce((sum, part) => sum + part.bytes, 0);
    must(
      JSON.stringify(etags) === JSON.stringify(finalizeUploadRequest.uploadedPartIds) &&
        bytes === asset.total &&
        finalizeUploadRequest.uploadToken === 'token-1',
      problem(400, 'BAD_REQUEST', 'The parts do not make the video'),
    );
    asset.finalized = true;
    return { status: 200, body: {} };
  }

  #state(urn: string): FakeAnswer {
    const asset = this.assets.get(urn);
    must(asset, problem(404, 'NOT_FOUND', 'No asset'));
    asset.polls -= 1;
    const status = !asset.finalized ? 'WAITING_UPLOAD' : asset.polls >= 0 ? 'PROCESSING' : 'AVAILABLE';
    if (this.failsProcessing && status !== 'WAITING_UPLOAD')
      return { status: 200, body: { id: urn, owner: asset.owner, status: 'PROCESSING_FAILED' } };
    return { status: 200, body: { id: urn, owner: asset.owner, status } };
  }

  #posts(request: FakeRequest, id: string | undefined): FakeAnswer {
    const { method, query, headers } = request;
    if (id === undefined && method === 'GET') return this.#authored(query, headers);
    if (id === undefined) return this.#create(request);
    const post = this.shares.get(id);
    must(post, problem(404, 'NOT_FOUND', 'The post does not exist'));
    must(headers.get('x-restli-method'), problem(400, 'BAD_REQUEST', 'X-RestLi-Method is missing'));
    if (method === 'DELETE') {
      this.shares.delete(id);
      return { status: 204 };
    }
    const { patch } = z
      .strictObject({ patch: z.strictObject({ $set: z.strictObject({ commentary: z.string() }) }) })
      .parse(request.json());
    post.commentary = patch.$set.commentary;
    return { status: 204 };
  }

  #authored(query: URLSearchParams, headers: Headers): FakeAnswer {
    const author = query.get('author') ?? '';
    must(
      author.startsWith('urn:li:organization:'),
      problem(403, 'ACCESS_DENIED', 'Not enough permissions to access: posts.FINDER-author'),
    );
    must(headers.get('x-restli-method') === 'FINDER', problem(400, 'BAD_REQUEST', 'FINDER is missing'));
    const elements = [...this.shares.values()]
      .filter((post) => post.author === author)
      .reverse()
      .map((post) => ({
        id: post.urn,
        author,
        commentary: post.commentary,
        createdAt: post.createdAt,
        publishedAt: post.createdAt,
        lifecycleState: 'PUBLISHED',
        ...(post.content ? { content: post.content } : {}),
      }));
    return { status: 200, body: { elements, paging: { start: 0, count: 50, links: [] } } };
  }

  #create(request: FakeRequest): FakeAnswer {
    const parsed = newPost.safeParse(request.json());
    must(parsed.success, problem(400, 'ILLEGAL_ARGUMENT', `${parsed.error?.message}`));
    const { author, commentary, content } = parsed.data;
    for (const { id } of picturesOf({ content })) {
      const asset = this.assets.get(id);
      must(
        asset?.owner === author && asset.finalized && asset.parts.size > 0 && asset.polls <= 0,
        problem(400, 'MEDIA_ASSET_PROCESSING', `The asset ${id} is not ready`),
      );
    }
    // A document is shown under its title; it has no description.
    must(
      !content ||
        !('media' in content) ||
        this.assets.get(content.media.id)?.kind !== 'document' ||
        (content.media.title?.trim() && content.media.altText === undefined),
      problem(400, 'ILLEGAL_ARGUMENT', 'A document needs a title'),
    );
    const twin = [...this.shares.values()].find(
      (post) => post.author === author && post.commentary === commentary && commentary !== '' && !content,
    );
    must(!twin, problem(422, 'DUPLICATE_POST', `Content is a duplicate of ${twin?.urn}`));
    const urn = `urn:li:share:${nextId()}`;
    this.shares.set(urn, { urn, author, commentary, content, createdAt: this.clock.now().getTime() });
    return { status: 201, headers: { 'x-restli-id': urn } };
  }

  #metadata(id: string): FakeAnswer {
    must(this.shares.has(id), problem(404, 'NOT_FOUND', 'The post does not exist'));
    return {
      status: 200,
      body: {
        entity: id,
        reactionSummaries: {
          LIKE: { reactionType: 'LIKE', count: 4 },
          PRAISE: { reactionType: 'PRAISE', count: 1 },
        },
        commentSummary: { count: 2, topLevelCount: 2 },
      },
    };
  }

  #statistics(): FakeAnswer {
    const totalShareStatistics = {
      impressionCount: 400,
      uniqueImpressionsCount: 310,
      clickCount: 21,
      likeCount: 9,
      commentCount: 2,
      shareCount: 3,
      engagement: 0.08,
    };
    return { status: 200, body: { elements: [{ totalShareStatistics }] } };
  }
}

function picturesOf({ content }: Pick<Post, 'content'>): { id: string; altText?: string | undefined }[] {
  if (!content) return [];
  if ('media' in content) return [content.media];
  return 'multiImage' in content ? content.multiImage.images : [];
}

/** What readers see: cut off at the first reserved sign that is not escaped. */
function shown(commentary: string): string {
  const marked = commentary.replace(
    /\{hashtag\|\\#\|((?:\\.|[^}\\])*)\}/g,
    (_whole, tag: string) => `\\#${tag}`,
  );
  const cut = BARE.exec(marked);
  return marked.slice(0, cut?.index ?? marked.length).replace(/\\(.)/gs, '$1');
}
