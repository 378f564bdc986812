import 'server-only';
import { z } from 'zod';
import {
  artefactsGone,
  authorized,
  expectShape,
  isExternal,
  type PlatformAnswer,
  type PlatformCall,
  PlatformError,
  type PlatformHttp,
} from '@/features/platforms/providers/http';
import type {
  Artefacts,
  ArtefactValue,
  MediaSource,
  ProviderContext,
  StartResult,
  StepContext,
} from '@/features/platforms/providers/types';

/**
 * Instagram and Threads publish in the same three moves: containers that pull the files, a status that is asked after, and one
 * call that publishes a container, which works once per container.
 */
type ContainerStatus =
  | 'IN_PROGRESS'
  | 'FINISHED'
  | 'ERROR'
  | 'EXPIRED'
  | 'PUBLISHED'
  /** Our word: the network knows nothing of it, and so cannot say whether it was published. */
  | 'GONE';

export interface ContainerNetwork {
  http: PlatformHttp;
  /** Address of the account's own node, and of the API: `https://graph.threads.net/v1.0`. */
  api: string;
  /** `media` or `threads`: the edge that makes containers. */
  edge: string;
  /** Field that tells the status: `status_code` or `status`. */
  statusField: 'status_code' | 'status';
  /** Field with the reason of an error. */
  reasonField: 'status' | 'error_message';
  /** What is sent for one file, alone or in a carousel. */
  fileFields(media: MediaSource, url: string, inCarousel: boolean): Record<string, string | undefined>;
  /** What is sent for the whole post, without its files. */
  postFields(ctx: StepContext): Record<string, string | undefined>;
}

/** "EXPIRED — the container was not published within 24 hours." A margin keeps a commit from meeting that end. */
const LIFE_MS = 23 * 3_600_000;
/** Meta suggests asking once a minute for at most five; pictures are ready within seconds. */
const POLL_MS = { image: 5_000, video: 30_000 };
const CREATE_TIMEOUT_MS = 60_000;

const known = z.object({ id: z.string(), madeAt: z.number() });
type Known = z.infer<typeof known>;
const stored = z.object({
  uploads: z.record(z.string(), known).default({}),
  container: known.optional(),
});
const created = z.object({ id: z.string().min(1) });

/** The container that this step would publish, as far as it was made. */
export function containerOf(artefacts: Artefacts): Known | undefined {
  return stored.safeParse(artefacts).data?.container;
}

export class ContainerStart {
  readonly #uploads: Record<string, Known>;
  #container: Known | undefined;

  constructor(
    readonly network: ContainerNetwork,
    readonly ctx: StepContext,
    readonly now: () => Date,
  ) {
    const state = stored.safeParse(ctx.artefacts).data ?? { uploads: {}, container: undefined };
    const alive = (one: Known) => now().getTime() - one.madeAt < LIFE_MS;
    this.#uploads = Object.fromEntries(Object.entries(state.uploads).filter(([, one]) => alive(one)));
    this.#container = state.container && alive(state.container) ? state.container : undefined;
  }

  /** Makes what is missing. An expired container is made anew, once. */
  async run(): Promise<StartResult> {
    if (this.#container) {
      const asked = await this.#settle(this.#container.id);
      if (asked !== 'expired') return asked;
      this.#container = undefined;
      for (const key of Object.keys(this.#uploads)) delete this.#uploads[key];
    }
    const waiting = await this.#children();
    if (waiting) return waiting;
    const container = await this.#create();
    this.#container = container;
    await this.#save();
    const asked = await this.#settle(container.id);
    if (asked === 'expired') throw artefactsGone(this.network.http.platform);
    return asked;
  }

  /** Files of a carousel have a container each; all of them must be ready before the one that holds them. */
  async #children(): Promise<StartResult | undefined> {
    const { media } = this.ctx.content;
    if (media.length < 2) return undefined;
    let pending = false;
    for (const item of media) {
      const key = childKey(item);
      const child = this.#uploads[key];
      if (!child) {
        this.#uploads[key] = await this.#make(this.network.fileFields(item, await item.publicUrl(), true));
        await this.#save();
      }
    }
    for (const item of media) {
      const child = this.#uploads[childKey(item)];
      const { status, reason } = await statusOf(this.network, this.ctx, child?.id ?? '');
      if (status === 'ERROR') throw unusable(this.network, reason);
      if (status === 'EXPIRED' || status === 'GONE') throw artefactsGone(this.network.http.platform);
      pending ||= status === 'IN_PROGRESS';
    }
    return pending ? this.#processing() : undefined;
  }

  async #create(): Promise<Known> {
    const { media } = this.ctx.content;
    const post = this.network.postFields(this.ctx);
    const [first] = media;
    if (!first) return await this.#make({ ...post, media_type: 'TEXT' });
    if (media.length === 1)
      return await this.#make({
        ...post,
        ...this.network.fileFields(first, await first.publicUrl(), false),
      });
    const children = media.map((item) => this.#uploads[childKey(item)]?.id ?? '').join(',');
    return await this.#make({ ...post, media_type: 'CAROUSEL', children });
  }

  async #make(form: Record<string, string | undefined>): Promise<Known> {
    const answer = await containerCall(this.network, this.ctx, {
      method: 'POST',
      url: `${this.network.api}/${this.ctx.channel.accountId}/${this.network.edge}`,
      form,
      timeoutMs: CREATE_TIMEOUT_MS,
      // A container that nobody publishes is never seen and ends by itself.
      idempotent: true,
    });
    const { id } = expectShape(this.network.http.platform, created, answer);
    return { id, madeAt: this.now().getTime() };
  }

  async #settle(id: string): Promise<StartResult | 'expired'> {
    const { status, reason } = await statusOf(this.network, this.ctx, id);
    if (status === 'EXPIRED' || status === 'GONE') return 'expired';
    if (status === 'ERROR') throw unusable(this.network, reason);
    return status === 'IN_PROGRESS' ? this.#processing() : { status: 'ready', artefacts: this.#artefacts() };
  }

  #processing(): StartResult {
    const video = this.ctx.content.media.some((item) => item.kind === 'video');
    return {
      status: 'processing',
      artefacts: this.#artefacts(),
      pollAfterMs: video ? POLL_MS.video : POLL_MS.image,
    };
  }

  #artefacts(): Artefacts {
    return {
      uploads: { ...this.#uploads } as ArtefactValue,
      ...(this.#container ? { container: { ...this.#container } } : {}),
    };
  }

  async #save(): Promise<void> {
    await this.ctx.saveArtefacts(this.#artefacts());
  }
}

/** Description and place are part of a child's container, so they are part of its name. */
function childKey(media: MediaSource): string {
  return `${media.sha256}:${media.altText?.trim() ?? ''}`;
}

/** The whole post is unusable as it is; making it again is a person's decision. */
function unusable(network: ContainerNetwork, reason: string | undefined): PlatformError {
  const error = new PlatformError(
    `${network.http.platform} could not process this post${reason ? `: ${reason}` : '.'}`,
    {
      provider: network.http.platform,
      kind: 'invalid_request',
      retryable: false,
      outcome: 'rejected',
      vendorCode: 'media_failed',
    },
  );
  error.discardArtefacts = true;
  return error;
}

const GONE = new Set(['not_found', 'container_gone']);

/** Read-only. */
export async function statusOf(
  network: ContainerNetwork,
  ctx: ProviderContext,
  id: string,
): Promise<{ status: ContainerStatus; reason: string | undefined }> {
  const { statusField, reasonField } = network;
  const shape = z.looseObject({
    [statusField]: z.enum(['IN_PROGRESS', 'FINISHED', 'ERROR', 'EXPIRED', 'PUBLISHED']),
    [reasonField]: z.string().optional(),
  });
  let answer: PlatformAnswer;
  try {
    answer = await containerCall(network, ctx, {
      url: `${network.api}/${encodeURIComponent(id)}?fields=${statusField},${reasonField}`,
    });
  } catch (error) {
    // Nothing of a container is left some time after its end.
    if (isExternal(error) && GONE.has(error.vendorCode ?? '')) return { status: 'GONE', reason: undefined };
    throw error;
  }
  const said = expectShape(network.http.platform, shape, answer) as Record<string, string | undefined>;
  return { status: said[statusField] as ContainerStatus, reason: said[reasonField] };
}

/** A call that may be repeated, with the token renewed once where it is refused. */
export function containerCall(
  network: Pick<ContainerNetwork, 'http'>,
  ctx: ProviderContext,
  call: PlatformCall,
) {
  return authorized(ctx, (credentials) =>
    network.http.call(ctx.channel.connectionId, {
      ...call,
      token: credentials.accessToken,
      signal: ctx.signal,
    }),
  );
}
