import 'server-only';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import {
  artefactsGone,
  authorized,
  expectShape,
  type PlatformAnswer,
  type PlatformCall,
  refused,
  settled,
} from '@/features/platforms/providers/http';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import { sameText } from '@/features/platforms/providers/same-text';
import type { SandboxApi } from '@/features/platforms/providers/sandbox/api';
import type {
  AccountFacts,
  ChannelFacts,
  CheckResult,
  CommitResult,
  InboxItem,
  InboxReply,
  MediaSource,
  PlatformCapabilities,
  ProviderContext,
  PublishedRef,
  ReconcileContext,
  ReconcileMode,
  ReconcileResult,
  ReconcileRule,
  SocialProvider,
  StartResult,
  StepContent,
  StepContext,
} from '@/features/platforms/providers/types';
import { textWithLink } from '@/features/platforms/rules/counting';
import { sandboxRules } from '@/features/platforms/rules/networks/sandbox';
import { sandboxSettings } from '@/features/platforms/rules/settings';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const postAnswer = z.object({
  id: z.string(),
  url: z.url(),
  text: z.string(),
  replyTo: z.string().nullable(),
  createdAt: z.iso.datetime(),
  state: z.enum(['processing', 'published']),
});
const listAnswer = z.object({ items: z.array(postAnswer) });
const inboxAnswer = z.object({
  items: z.array(
    postAnswer.extend({
      kind: z.enum(['comment', 'mention']),
      author: z.object({ id: z.string(), handle: z.string(), displayName: z.string() }),
    }),
  ),
});
const mediaAnswer = z.object({ id: z.string(), state: z.enum(['processing', 'ready']) });
const metricsAnswer = z.object({
  impressions: z.number(),
  likes: z.number(),
  comments: z.number(),
  shares: z.number(),
  clicks: z.number(),
});
const uploads = z.record(z.string(), z.object({ id: z.string(), ready: z.boolean() }));
type Uploads = z.infer<typeof uploads>;

const POLL_MS = 500;
const UPLOAD_TIMEOUT_MS = 300_000;
const COMMIT_TIMEOUT_MS = 15_000;

/** The practice network through the same contract as every other; its channel setting chooses the reconcile mode. */
export class SandboxProvider implements SocialProvider {
  readonly platform = 'sandbox';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'gif', 'video', 'document'],
    threadPartsMax: sandboxRules.threadPartsMax,
    comment: true,
    edit: true,
    delete: true,
    metrics: ['impressions', 'likes', 'comments', 'shares', 'clicks', 'followers'],
    reconcile: { mode: 'exact' },
    needsPublicUrl: false,
    // The practice network costs nothing to ask.
    inbox: { repeatable: true, pace: { watchedMs: 2_000 } },
    connect: 'oauth',
  };

  constructor(readonly api: SandboxApi) {}

  async fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    const { followers: _followers, ...account } = await this.#me(ctx);
    return account;
  }

  async fetchTargets(ctx: ProviderContext): Promise<Target[]> {
    return [{ id: ctx.channel.accountId, kind: 'profile', name: ctx.channel.handle }];
  }

  async validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]> {
    return (await validateVariant({ platform: this.platform, variant, limits, settings })).findings;
  }

  reconcileRule(channel: ChannelFacts): ReconcileRule {
    return { mode: modeOf(channel) };
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async () => {
      const known: Uploads = { ...uploadsOf(ctx) };
      for (const media of ctx.content.media) {
        const upload = known[media.sha256];
        if (upload?.ready) continue;
        known[media.sha256] = upload ? await this.#poll(ctx, upload.id) : await this.#upload(ctx, media);
        await ctx.saveArtefacts({ ...ctx.artefacts, uploads: { ...known } });
      }
      const artefacts = { ...ctx.artefacts, uploads: known };
      const ready = Object.values(known).every((upload) => upload.ready);
      return ready
        ? { status: 'ready', artefacts }
        : { status: 'processing', artefacts, pollAfterMs: POLL_MS };
    });
  }

  async check(ctx: StepContext): Promise<CheckResult> {
    const accepted = ctx.artefacts.acceptedId;
    if (typeof accepted !== 'string') return this.start(ctx);
    return settled(async () => {
      const answer = await this.#call(ctx, { path: `/v1/posts/${encodeURIComponent(accepted)}` });
      const post = expectShape(this.platform, postAnswer, answer);
      return post.state === 'published'
        ? { status: 'published', ref: { id: post.id, permalink: post.url } }
        : { status: 'processing', artefacts: ctx.artefacts, pollAfterMs: POLL_MS };
    });
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx);
  }

  thread(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx);
  }

  comment(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx);
  }

  #commit(ctx: StepContext): Promise<CommitResult> {
    return settled(async () => {
      const known = uploadsOf(ctx);
      const mediaIds = ctx.content.media.map((media) => known[media.sha256]?.id);
      if (mediaIds.some((id) => id === undefined)) throw artefactsGone(this.platform);
      const replyTo = repliesTo(ctx);
      if (ctx.step !== 'root' && !replyTo) {
        throw refused(this.platform, 'The post to reply to is not known.', { outcome: 'not_sent' });
      }
      const settings = sandboxSettings.parse(ctx.content.settings);
      const { accessToken } = await ctx.credentials();
      const answer = await this.api.http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.api.base}/v1/posts`,
        json: {
          text: textWithLink(sandboxRules, ctx.content),
          ...(ctx.content.title ? { title: ctx.content.title } : {}),
          mediaIds,
          visibility: settings.visibility,
          ...(replyTo ? { replyTo } : {}),
          ...(modeOf(ctx.channel) === 'exact' ? { clientKey: ctx.material.idempotencyKey } : {}),
        },
        token: accessToken,
        signal: ctx.signal,
        timeoutMs: COMMIT_TIMEOUT_MS,
        deadline: ctx.deadline,
        commit: true,
      });
      const post = expectShape(this.platform, postAnswer, answer);
      if (post.state === 'processing') {
        return {
          status: 'accepted',
          artefacts: { ...ctx.artefacts, acceptedId: post.id },
          pollAfterMs: POLL_MS,
        };
      }
      return { status: 'published', ref: { id: post.id, permalink: post.url } };
    });
  }

  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const mode = modeOf(ctx.channel);
    if (mode === 'none') return { status: 'unknown' };
    const since = new Date(ctx.sentAt.getTime() - 60_000).toISOString();
    const query = mode === 'exact' ? { clientKey: ctx.material.idempotencyKey } : { since };
    const text = textWithLink(sandboxRules, ctx.content);
    const result = await settled(async () => {
      const answer = await this.#call(ctx, {
        path: `/v1/posts?${new URLSearchParams(query as Record<string, string>)}`,
      });
      const match = expectShape(this.platform, listAnswer, answer).items.find(
        (post) =>
          mode === 'exact' || ((post.replyTo ?? undefined) === repliesTo(ctx) && sameText(text, post.text)),
      );
      return match
        ? { status: 'found' as const, ref: { id: match.id, permalink: match.url } }
        : { status: 'absent' as const };
    });
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    const path = `/v1/posts/${encodeURIComponent(ref.id)}`;
    await this.#call(ctx, { method: 'DELETE', path, idempotent: true, accept: [404] });
  }

  async edit(ctx: ProviderContext, ref: PublishedRef, content: StepContent): Promise<PublishedRef> {
    const answer = await this.#call(ctx, {
      method: 'PUT',
      path: `/v1/posts/${encodeURIComponent(ref.id)}`,
      json: { text: textWithLink(sandboxRules, content) },
      idempotent: true,
    });
    const post = expectShape(this.platform, postAnswer, answer);
    return { id: post.id, permalink: post.url };
  }

  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const answer = await this.#call(ctx, { path: `/v1/posts/${encodeURIComponent(ref.id)}/metrics` });
    return { ...NO_METRICS, ...expectShape(this.platform, metricsAnswer, answer) };
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    return { ...NO_METRICS, followers: (await this.#me(ctx)).followers };
  }

  async inbox(ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
    const query = new URLSearchParams({ since: since.toISOString() });
    const answer = await this.#call(ctx, { path: `/v1/inbox?${query}` });
    return expectShape(this.platform, inboxAnswer, answer).items.map((item) => ({
      id: item.id,
      kind: item.kind,
      ...(item.replyTo ? { postId: item.replyTo } : {}),
      author: item.author,
      text: item.text,
      createdAt: new Date(item.createdAt),
      permalink: item.url,
    }));
  }

  async reply(ctx: ProviderContext, { item, text, material }: InboxReply): Promise<PublishedRef> {
    const { accessToken } = await ctx.credentials();
    const answer = await this.api.http.call(ctx.channel.connectionId, {
      method: 'POST',
      url: `${this.api.base}/v1/posts`,
      json: { text, replyTo: item.id, clientKey: material.idempotencyKey },
      token: accessToken,
      signal: ctx.signal,
      timeoutMs: COMMIT_TIMEOUT_MS,
      deadline: ctx.deadline,
      commit: true,
    });
    const post = expectShape(this.platform, postAnswer, answer);
    return { id: post.id, permalink: post.url };
  }

  #me(ctx: ProviderContext) {
    return authorized(ctx, (credentials) =>
      this.api.me(ctx.channel.connectionId, credentials.accessToken, ctx.signal),
    );
  }

  async #upload(ctx: StepContext, media: MediaSource): Promise<{ id: string; ready: boolean }> {
    const answer = await authorized(ctx, async (credentials) =>
      this.api.http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.api.base}/v1/media`,
        headers: {
          'content-type': media.mime,
          'content-length': String(media.bytes),
          'x-alt-text': encodeURIComponent(media.altText?.trim() ?? ''),
        },
        body: await media.open(),
        token: credentials.accessToken,
        signal: ctx.signal,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      }),
    );
    const { id, state } = expectShape(this.platform, mediaAnswer, answer);
    return { id, ready: state === 'ready' };
  }

  async #poll(ctx: StepContext, id: string): Promise<{ id: string; ready: boolean }> {
    const answer = await this.#call(ctx, { path: `/v1/media/${encodeURIComponent(id)}` });
    return { id, ready: expectShape(this.platform, mediaAnswer, answer).state === 'ready' };
  }

  #call(
    ctx: ProviderContext,
    { path, ...call }: Omit<PlatformCall, 'url'> & { path: string },
  ): Promise<PlatformAnswer> {
    return authorized(ctx, (credentials) =>
      this.api.http.call(ctx.channel.connectionId, {
        ...call,
        url: `${this.api.base}${path}`,
        token: credentials.accessToken,
        signal: ctx.signal,
      }),
    );
  }
}

function modeOf(channel: ChannelFacts): ReconcileMode {
  return channel.settings.sandboxReconcile ?? 'exact';
}

function repliesTo(ctx: StepContext): string | undefined {
  if (ctx.step === 'root') return undefined;
  return ctx.step === 'comment' ? ctx.root?.id : ctx.parent?.id;
}

function uploadsOf(ctx: StepContext): Uploads {
  return uploads.safeParse(ctx.artefacts.uploads).data ?? {};
}
