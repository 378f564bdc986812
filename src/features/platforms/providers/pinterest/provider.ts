import 'server-only';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  authorized,
  expectShape,
  type PlatformAnswer,
  type PlatformCall,
  type PlatformHttp,
  settled,
} from '@/features/platforms/providers/http';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import {
  PINTEREST_RATES,
  type PinterestHosts,
  pinterestHosts,
  pinterestHttp,
  readAccount,
  userAccount,
} from '@/features/platforms/providers/pinterest/api';
import { PinterestMedia, uploadsOf } from '@/features/platforms/providers/pinterest/media';
import {
  boardOf,
  newPin,
  type Pin,
  pin,
  pinWords,
  refOf,
} from '@/features/platforms/providers/pinterest/pin';
import { rateOf } from '@/features/platforms/providers/rate';
import { sameText } from '@/features/platforms/providers/same-text';
import type {
  AccountFacts,
  Artefacts,
  ArtefactValue,
  CheckResult,
  CommitResult,
  PlatformCapabilities,
  ProviderContext,
  PublishedRef,
  ReconcileContext,
  ReconcileResult,
  ReconcileRule,
  SocialProvider,
  StartResult,
  StepContent,
  StepContext,
} from '@/features/platforms/providers/types';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const COMMIT_TIMEOUT_MS = 45_000;
const CLOCK_SLACK_MS = 60_000;
const PAGES_MAX = 10;
const PAGE_SIZE = 100;

const boards = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string() })),
  bookmark: z.string().nullish(),
});
const pins = z.object({ items: z.array(pin), bookmark: z.string().nullish() });

/** @see https://developers.pinterest.com/docs/api/v5/ (2026-11-21) */
export class PinterestProvider implements SocialProvider {
  readonly platform = 'pinterest';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'video'],
    threadPartsMax: 0,
    comment: false,
    edit: true,
    delete: true,
    metrics: ['impressions', 'likes', 'comments', 'saves', 'clicks', 'followers'],
    reconcile: { mode: 'eventual' },
    needsPublicUrl: false,
    connect: 'oauth',
  };
  readonly #http: PlatformHttp;
  readonly #hosts: PinterestHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = pinterestHttp(deps);
    this.#hosts = pinterestHosts(deps.env);
  }

  fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    return authorized(ctx, (credentials) =>
      readAccount(this.#http, this.#hosts, {
        token: credentials.accessToken,
        owner: ctx.channel.connectionId,
        now: this.deps.clock.now(),
        signal: ctx.signal,
      }),
    );
  }

  /** The boards that pins can go to. */
  async fetchTargets(ctx: ProviderContext): Promise<Target[]> {
    const targets: Target[] = [];
    let bookmark: string | null | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const found = expectShape(this.platform, boards, await this.#page(ctx, '/boards', bookmark));
      targets.push(...found.items.map(({ id, name }): Target => ({ id, kind: 'board', name })));
      bookmark = found.bookmark;
      if (!bookmark) break;
    }
    return targets;
  }

  async validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]> {
    return (await validateVariant({ platform: this.platform, variant, limits, settings })).findings;
  }

  reconcileRule(): ReconcileRule {
    return this.capabilities.reconcile;
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async (): Promise<StartResult> => {
      boardOf(ctx.content);
      const [media] = ctx.content.media;
      if (media?.kind !== 'video') return { status: 'ready', artefacts: ctx.artefacts };
      const uploads = uploadsOf(ctx);
      const transfer = new PinterestMedia(this.#http, this.#hosts, ctx, () => this.deps.ids.next('part'));
      const pollAfterMs = await transfer.prepare(media, uploads);
      const artefacts: Artefacts = { ...ctx.artefacts, uploads: uploads as ArtefactValue };
      return pollAfterMs > 0
        ? { status: 'processing', artefacts, pollAfterMs }
        : { status: 'ready', artefacts };
    });
  }

  check(ctx: StepContext): Promise<CheckResult> {
    return this.start(ctx);
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return settled(async (): Promise<CommitResult> => {
      const { body, headers } = newPin(ctx, this.deps.ids.next('file'));
      const { accessToken } = await ctx.credentials();
      const answer = await this.#http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.#hosts.api}/pins`,
        headers,
        body,
        token: accessToken,
        signal: ctx.signal,
        timeoutMs: COMMIT_TIMEOUT_MS,
        deadline: ctx.deadline,
        commit: true,
      });
      const rate = rateOf(answer.headers, PINTEREST_RATES, this.deps.clock.now());
      const ref = refOf(expectShape(this.platform, pin, answer));
      return { status: 'published', ref, ...(rate ? { rate } : {}) };
    });
  }

  /** Pins of the board since the commit, compared by title and text. `absent` means: not seen yet. */
  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const since = ctx.sentAt.getTime() - CLOCK_SLACK_MS;
    const result = await settled(async (): Promise<ReconcileResult> => {
      const path = `/boards/${encodeURIComponent(boardOf(ctx.content))}/pins`;
      let bookmark: string | null | undefined;
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const found = expectShape(this.platform, pins, await this.#page(ctx, path, bookmark));
        const match = found.items.find((item) => createdAt(item) >= since && isOurs(item, ctx.content));
        if (match) return { status: 'found', ref: refOf(match) };
        bookmark = found.bookmark;
        if (!bookmark) return { status: 'absent' };
      }
      // A board too long to be read whole: what was not seen may still be there.
      return { status: 'unknown' };
    });
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    await this.#call(ctx, {
      method: 'DELETE',
      path: `/pins/${encodeURIComponent(ref.id)}`,
      idempotent: true,
      accept: [404],
    });
  }

  /** Words and link; pictures stay as they are. */
  async edit(ctx: ProviderContext, ref: PublishedRef, content: StepContent): Promise<PublishedRef> {
    const answer = await this.#call(ctx, {
      method: 'PATCH',
      path: `/pins/${encodeURIComponent(ref.id)}`,
      json: pinWords(content),
      idempotent: true,
    });
    return refOf(expectShape(this.platform, pin, answer));
  }

  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const answer = await this.#call(ctx, { path: `/pins/${encodeURIComponent(ref.id)}?pin_metrics=true` });
    const seen = expectShape(this.platform, pin, answer).pin_metrics?.lifetime_metrics;
    return {
      ...NO_METRICS,
      impressions: seen?.impression ?? null,
      likes: seen?.reaction ?? null,
      comments: seen?.comment ?? null,
      saves: seen?.save ?? null,
      clicks: seen?.clickthrough ?? null,
    };
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    const answer = await this.#call(ctx, { path: '/user_account' });
    return {
      ...NO_METRICS,
      followers: expectShape(this.platform, userAccount, answer).follower_count ?? null,
    };
  }

  #page(ctx: ProviderContext, path: string, bookmark: string | null | undefined): Promise<PlatformAnswer> {
    const query = new URLSearchParams({ page_size: String(PAGE_SIZE), ...(bookmark ? { bookmark } : {}) });
    return this.#call(ctx, { path: `${path}?${query}` });
  }

  #call(
    ctx: ProviderContext,
    { path, ...call }: Omit<PlatformCall, 'url'> & { path: string },
  ): Promise<PlatformAnswer> {
    return authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        ...call,
        url: `${this.#hosts.api}${path}`,
        token: credentials.accessToken,
        signal: ctx.signal,
      }),
    );
  }
}

/** Pinterest leaves the zone out of its times; they are UTC. */
function createdAt(item: Pin): number {
  const text = item.created_at ?? '';
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}

function isOurs(item: Pin, content: StepContent): boolean {
  return sameText(content.text, item.description ?? '') && sameText(content.title ?? '', item.title ?? '');
}
