import 'server-only';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  artefactsGone,
  authorized,
  expectShape,
  type PlatformAnswer,
  type PlatformCall,
  type PlatformHttp,
  refused,
  settled,
} from '@/features/platforms/providers/http';
import type {
  AccountFacts,
  Artefacts,
  ArtefactValue,
  CheckResult,
  CommitResult,
  InboxItem,
  InboxReply,
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
import { readChannel } from '@/features/platforms/providers/youtube/account';
import {
  type Video,
  video,
  videoList,
  type YouTubeHosts,
  youtubeHosts,
  youtubeHttp,
} from '@/features/platforms/providers/youtube/api';
import { YouTubeComments } from '@/features/platforms/providers/youtube/comments';
import { YouTubeInbox } from '@/features/platforms/providers/youtube/inbox';
import { YouTubeNumbers } from '@/features/platforms/providers/youtube/numbers';
import { DailyQuota } from '@/features/platforms/providers/youtube/quota';
import { uploadsOf, YouTubeVideoUpload } from '@/features/platforms/providers/youtube/upload';
import { textWithLink } from '@/features/platforms/rules/counting';
import { youtubeRules } from '@/features/platforms/rules/networks/youtube';
import { youtubeSettings } from '@/features/platforms/rules/settings';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const COMMIT_TIMEOUT_MS = 30_000;
const POLL_MS = 10_000;

/**
 * A video goes up as private; what makes it public is one later change of its privacy, which can be repeated without harm.
 * @see https://developers.google.com/youtube/v3/docs/videos (2026-11-21)
 */
export class YouTubeProvider implements SocialProvider {
  readonly platform = 'youtube';
  readonly capabilities: PlatformCapabilities = {
    media: ['video'],
    threadPartsMax: 0,
    comment: true,
    edit: true,
    delete: true,
    metrics: ['views', 'likes', 'comments', 'shares', 'watchTimeSeconds', 'followers'],
    reconcile: { mode: 'exact' },
    needsPublicUrl: false,
    // Every look is taken from the whole project's daily allowance.
    inbox: { repeatable: false, pace: { idleMs: 30 * 60_000, watchedMs: 5 * 60_000 } },
    connect: 'oauth',
  };
  readonly #http: PlatformHttp;
  readonly #hosts: YouTubeHosts;
  readonly #comments: YouTubeComments;
  readonly #numbers: YouTubeNumbers;
  readonly #inbox: YouTubeInbox;
  readonly #quota: DailyQuota;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = youtubeHttp(deps);
    this.#hosts = youtubeHosts(deps.env);
    this.#comments = new YouTubeComments(this.#http, this.#hosts);
    this.#inbox = new YouTubeInbox(this.#http, this.#hosts, new DailyQuota(deps, 'inbox_reads_day_app'));
    this.#quota = new DailyQuota(deps, 'uploads_day_app');
    this.#numbers = new YouTubeNumbers(this.#http, this.#hosts, deps.clock);
  }

  async fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    const account = await authorized(ctx, (credentials) =>
      readChannel(this.#http, this.#hosts, {
        token: credentials.accessToken,
        owner: ctx.channel.connectionId,
        now: this.deps.clock.now(),
        signal: ctx.signal,
      }),
    );
    return await this.#quota.withCap(account);
  }

  async fetchTargets(ctx: ProviderContext): Promise<Target[]> {
    return [{ id: ctx.channel.accountId, kind: 'channel', name: ctx.channel.handle }];
  }

  async validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]> {
    return (await validateVariant({ platform: this.platform, variant, limits, settings })).findings;
  }

  /** A video carries the id we hold; a comment (which has no file) can only be looked for. */
  reconcileRule(_channel: unknown, content: Pick<StepContent, 'media'>): ReconcileRule {
    return content.media.length > 0 ? this.capabilities.reconcile : { mode: 'eventual' };
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async (): Promise<StartResult> => {
      const [media] = ctx.content.media;
      if (ctx.step !== 'root') return { status: 'ready', artefacts: ctx.artefacts };
      if (!media) throw refused(this.platform, 'YouTube takes videos only.', { outcome: 'not_sent' });
      const uploads = uploadsOf(ctx);
      const artefacts: Artefacts = { ...ctx.artefacts, uploads: uploads as ArtefactValue };
      const upload = new YouTubeVideoUpload(this.#http, this.#hosts, ctx, uploads, this.#quota);
      const videoId = await upload.run(media, resourceOf(ctx, 'private'));
      const known = uploads[media.sha256];
      if (known && !known.ready) {
        const pollAfterMs = await this.#processing(ctx, videoId);
        if (pollAfterMs > 0) return { status: 'processing', artefacts, pollAfterMs };
        uploads[media.sha256] = { ...known, ready: true };
      }
      return { status: 'ready', artefacts };
    });
  }

  /** The commit's answer is final, so what is checked is always the upload. */
  check(ctx: StepContext): Promise<CheckResult> {
    return this.start(ctx);
  }

  /** Milliseconds until YouTube should be asked again; 0 when the video is processed. */
  async #processing(ctx: StepContext, videoId: string): Promise<number> {
    const found = await this.#read(ctx, videoId, 'status,processingDetails');
    if (!found) throw artefactsGone(this.platform);
    const { uploadStatus, failureReason, rejectionReason } = found.status ?? {};
    if (uploadStatus === 'processed') return 0;
    if (uploadStatus === 'failed' || uploadStatus === 'rejected' || uploadStatus === 'deleted') {
      const why = rejectionReason ?? failureReason ?? 'no reason given';
      throw refused(this.platform, `YouTube could not take this video: ${why}.`, {
        kind: rejectionReason ? 'content_policy' : 'invalid_request',
        vendorCode: why,
      });
    }
    return found.processingDetails?.processingProgress?.timeLeftMs ?? POLL_MS;
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return settled(async () => {
      const [media] = ctx.content.media;
      const videoId = media ? uploadsOf(ctx)[media.sha256]?.videoId : undefined;
      if (!videoId) throw artefactsGone(this.platform);
      const privacy = privacyOf(ctx.content);
      const { accessToken } = await ctx.credentials();
      const answer = await this.#http.call(ctx.channel.connectionId, {
        method: 'PUT',
        url: `${this.#hosts.api}/videos?part=snippet,status`,
        json: { id: videoId, ...resourceOf(ctx, privacy) },
        token: accessToken,
        signal: ctx.signal,
        timeoutMs: COMMIT_TIMEOUT_MS,
        deadline: ctx.deadline,
        commit: true,
        accept: [404],
      });
      if (answer.status === 404) throw artefactsGone(this.platform);
      requirePrivacy(expectShape(this.platform, video, answer), privacy);
      return { status: 'published', ref: refOf(videoId) };
    });
  }

  comment(ctx: StepContext): Promise<CommitResult> {
    return settled(async () => ({ status: 'published', ref: await this.#comments.write(ctx) }));
  }

  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const result = await settled(
      async (): Promise<ReconcileResult> =>
        ctx.step === 'root' ? await this.#reconcileVideo(ctx) : await this.#comments.find(ctx),
    );
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async #reconcileVideo(ctx: ReconcileContext): Promise<ReconcileResult> {
    const [media] = ctx.content.media;
    const videoId = media ? uploadsOf(ctx)[media.sha256]?.videoId : undefined;
    if (!videoId) return { status: 'unknown' };
    const found = await this.#read(ctx, videoId, 'status,snippet');
    const privacy = privacyOf(ctx.content);
    const out = found?.status?.privacyStatus === privacy && found.snippet?.title === titleOf(ctx.content);
    return out ? { status: 'found', ref: refOf(videoId) } : { status: 'absent' };
  }

  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    const kind = isComment(ref) ? 'comments' : 'videos';
    await this.#call(ctx, {
      method: 'DELETE',
      path: `/${kind}?id=${encodeURIComponent(ref.id)}`,
      idempotent: true,
      accept: [404],
    });
  }

  /** Title, description and tags; YouTube forgets what an update leaves out, so the rest is sent back as it is. */
  async edit(ctx: ProviderContext, ref: PublishedRef, content: StepContent): Promise<PublishedRef> {
    if (isComment(ref)) return await this.#comments.rewrite(ctx, ref, content.text);
    const current = await this.#read(ctx, ref.id, 'snippet');
    if (!current?.snippet) throw refused(this.platform, 'This video is no longer there.');
    const { categoryId, defaultLanguage, tags } = current.snippet;
    await this.#call(ctx, {
      method: 'PUT',
      path: '/videos?part=snippet',
      json: {
        id: ref.id,
        snippet: {
          ...(defaultLanguage ? { defaultLanguage } : {}),
          categoryId,
          title: content.title?.trim() || current.snippet.title,
          description: textWithLink(youtubeRules, content),
          tags: content.tags ?? tags ?? [],
        },
      },
      idempotent: true,
    });
    return ref;
  }

  inbox(ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
    return this.#inbox.read(ctx, since);
  }

  reply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef> {
    return this.#inbox.reply(ctx, reply);
  }

  findReply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef | null> {
    return this.#inbox.find(ctx, reply);
  }

  metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    return this.#numbers.ofVideo(ctx, ref.id);
  }

  accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    return this.#numbers.ofChannel(ctx);
  }

  async #read(ctx: ProviderContext, videoId: string, parts: string): Promise<Video | undefined> {
    const answer = await this.#call(ctx, {
      path: `/videos?part=${parts}&id=${encodeURIComponent(videoId)}`,
    });
    return expectShape(this.platform, videoList, answer).items[0];
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

/** YouTube's words for who may see a video. */
const PRIVACY = { everyone: 'public', link: 'unlisted', self: 'private' } as const;

function privacyOf(content: Pick<StepContent, 'settings'>): string {
  return PRIVACY[youtubeSettings.parse(content.settings).privacy];
}

function titleOf(content: Pick<StepContent, 'title' | 'text'>): string {
  return (content.title?.trim() || content.text.split('\n')[0]?.trim() || 'Video').slice(0, 100);
}

function resourceOf(ctx: StepContext, privacyStatus: string) {
  const { content } = ctx;
  const settings = youtubeSettings.parse(content.settings);
  const language = settings.language ?? ctx.channel.settings.defaultLanguage;
  return {
    snippet: {
      title: titleOf(content),
      description: textWithLink(youtubeRules, content),
      categoryId: settings.categoryId,
      ...(content.tags?.length ? { tags: [...content.tags] } : {}),
      ...(language ? { defaultLanguage: language } : {}),
    },
    status: {
      privacyStatus,
      selfDeclaredMadeForKids: settings.madeForKids,
      containsSyntheticMedia: settings.syntheticMedia,
    },
  };
}

function refOf(id: string): PublishedRef {
  return { id, permalink: `https://www.youtube.com/watch?v=${id}` };
}

function isComment(ref: PublishedRef): boolean {
  return ref.extra?.kind === 'comment';
}

/** Google keeps videos of projects it has not audited private, whatever they ask for, and answers 200 all the same. */
function requirePrivacy(answer: Video, wanted: string): void {
  if (answer.status?.privacyStatus === wanted) return;
  throw refused(
    'youtube',
    'YouTube kept this video private. Google does so until it has audited the API project of this installation.',
    { vendorCode: 'privacy_locked' },
  );
}
