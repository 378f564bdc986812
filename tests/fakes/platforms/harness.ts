import { createHash } from 'node:crypto';
import { type Env, parseEnv } from '@/core/config/env';
import { OutboundHttp } from '@/core/http/outbound';
import { randomIds } from '@/core/ids';
import { ResilienceService } from '@/core/resilience/policy';
import type { Clock } from '@/core/time/clock';
import type { FreshCredentials, PlatformAdapter } from '@/features/platforms/providers/adapter';
import type { PlatformDependencies, ServerApp } from '@/features/platforms/providers/deps';
import { stepMaterial } from '@/features/platforms/providers/material';
import type {
  Artefacts,
  ChannelFacts,
  Credentials,
  MediaSource,
  PublishedRef,
  StepContent,
  StepContext,
  StepKey,
} from '@/features/platforms/providers/types';
import { channelSettingsSchema, type LiveLimits, type PlatformId } from '@/features/platforms/schema';
import { PublicFiles } from './public-files';

/** Where networks that pull files find those of a test. */
const publicFiles = new PublicFiles();

export function platformEnv(overrides: Record<string, string>): Env {
  return parseEnv({ NODE_ENV: 'test', LOG_LEVEL: 'silent', APP_URL: 'http://localhost:3000', ...overrides });
}

/** Real HTTP to 127.0.0.1, real resilience, without waiting between tries. */
export function platformDependencies(clock: Clock, env: Env): PlatformDependencies {
  const apps = new Map<string, ServerApp>();
  const counted = new Map<string, number>();
  return {
    http: new OutboundHttp({ allowHosts: ['127.0.0.1'], clock }),
    resilience: new ResilienceService({ random: () => 0, failuresToOpen: 1_000 }),
    clock,
    ids: randomIds,
    env,
    appUses: {
      countUse: async (...[platform, name, window]) => {
        const key = `${platform} ${name} ${window}`;
        counted.set(key, (counted.get(key) ?? 0) + 1);
      },
      uses: async (platform, name, window) => counted.get(`${platform} ${name} ${window}`) ?? 0,
    },
    serverApps: {
      get: async (platform, server) => apps.get(`${platform} ${server}`) ?? null,
      put: async (platform, server, app) => void apps.set(`${platform} ${server}`, app),
      forget: async (platform, server) => void apps.delete(`${platform} ${server}`),
    },
  };
}

/** A file in memory; `reads` counts how often it was opened. */
export function mediaSource(
  kind: MediaSource['kind'],
  bytes: Uint8Array,
  altText = '',
): MediaSource & { reads: number } {
  const mime = { image: 'image/jpeg', gif: 'image/gif', video: 'video/mp4', document: 'application/pdf' }[
    kind
  ];
  const source = {
    id: `media-${bytes.length}`,
    kind,
    mime,
    bytes: bytes.length,
    width: 1_080,
    height: 1_080,
    ...(kind === 'video' ? { durationSeconds: 10, framesPerSecond: 30 } : {}),
    altText,
    filename: `file.${mime.split('/')[1]}`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    reads: 0,
    open: async (range?: { start: number; end: number }) => {
      source.reads += 1;
      const part = bytes.slice(range?.start ?? 0, range?.end ?? bytes.length);
      return new Blob([new Uint8Array(part)]).stream() as ReadableStream<Uint8Array>;
    },
    publicUrl: () => publicFiles.offer(source),
  };
  return source;
}

/** One connected channel as publishing would hold it: tokens with a version, renewed through the adapter. */
export class TestChannel {
  version = 1;
  renewals = 0;
  settings = channelSettingsSchema.parse({});
  constructor(
    readonly platform: PlatformId,
    readonly adapter: PlatformAdapter,
    readonly clock: Clock,
    public tokens: FreshCredentials,
    readonly account: {
      accountId: string;
      handle: string;
      baseUrl?: string | undefined;
      limits?: LiveLimits | undefined;
    },
  ) {}

  get facts(): ChannelFacts {
    return {
      connectionId: `conn-${this.platform}`,
      organizationId: 'org1',
      platform: this.platform,
      accountId: this.account.accountId,
      handle: this.account.handle,
      ...(this.account.baseUrl ? { baseUrl: this.account.baseUrl } : {}),
      settings: this.settings,
    };
  }

  get credentials(): Credentials {
    return { ...this.tokens, version: this.version };
  }

  tokenContext(signal = AbortSignal.timeout(10_000)) {
    return { channel: this.facts, credentials: this.credentials, signal };
  }

  async renew(rejectedVersion: number): Promise<void> {
    if (rejectedVersion !== this.version) return;
    this.renewals += 1;
    if (!this.adapter.refreshTokens) throw new Error('This network has no refresh.');
    this.tokens = await this.adapter.refreshTokens(this.tokenContext());
    this.version += 1;
  }

  context() {
    return {
      channel: this.facts,
      credentials: async () => this.credentials,
      renewCredentials: (version: number) => this.renew(version),
      limits: this.account.limits ?? {},
      signal: AbortSignal.timeout(20_000),
      deadline: new Date(this.clock.now().getTime() + 20_000),
    };
  }
}

/** One step of a run, with artefacts that are stored as publishing stores them: as JSON. */
export class TestStep {
  artefacts: Artefacts = {};
  saves = 0;
  /** Fails the save of this number, as a lost lease does. */
  failSave = 0;

  constructor(
    readonly channel: TestChannel,
    readonly runId: string,
    readonly step: StepKey,
    readonly content: StepContent,
    readonly refs: { root?: PublishedRef; parent?: PublishedRef } = {},
    readonly fixedAt = channel.clock.now(),
  ) {}

  context(overrides: Partial<StepContext> = {}): StepContext {
    return {
      ...this.channel.context(),
      runId: this.runId,
      step: this.step,
      content: this.content,
      material: stepMaterial(this.runId, this.step, this.fixedAt),
      artefacts: this.artefacts,
      saveArtefacts: async (artefacts) => {
        this.saves += 1;
        if (this.saves === this.failSave) throw new Error('the lease is lost');
        this.artefacts = JSON.parse(JSON.stringify(artefacts)) as Artefacts;
      },
      ...this.refs,
      ...overrides,
    };
  }
}

export function content(
  text: string,
  media: MediaSource[] = [],
  more: Partial<StepContent> = {},
): StepContent {
  return { text, media, settings: {}, ...more };
}
