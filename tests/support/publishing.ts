import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { platformDependencies, platformEnv } from '@tests/fakes/platforms/harness';
import { SandboxServer } from '@tests/fakes/platforms/sandbox';
import { FaultyProxy } from '@tests/support/faulty-proxy';
import { initializeApp } from 'firebase-admin/app';
import { getFirestore } from 'firebase-admin/firestore';
import { Db, type Tx } from '@/core/db/db';
import { EventBus } from '@/core/events/bus';
import { Outbox } from '@/core/events/outbox';
import { randomIds } from '@/core/ids';
import { type Clock, systemClock } from '@/core/time/clock';
import { type Post, postModel, type UnsavedPost } from '@/features/content/schema';
import { channelContentHash, contentHash } from '@/features/content/variant';
import { PlatformProviderFactory } from '@/features/platforms/factories';
import type { PublishingChannel, ReconcileMode } from '@/features/platforms/providers/types';
import { platformRegistry } from '@/features/platforms/registry';
import type { Fault } from '@/features/platforms/sandbox/schema';
import { type ChannelSettings, channelSettingsSchema } from '@/features/platforms/schema';
import { DEFAULT_DISPATCH, type DispatcherSettings, RunDispatcher } from '@/features/publishing/dispatcher';
import { type ExecutorDependencies, RunExecutor } from '@/features/publishing/executor';
import { subscribePublishing } from '@/features/publishing/handlers';
import { PublishingRepository } from '@/features/publishing/repository';
import { type Attempt, attemptModel, type Run, runIdOf, runModel } from '@/features/publishing/schema';
import { PublishingService } from '@/features/publishing/service';
import { DEFAULT_TIMING, type Timing } from '@/features/publishing/timing';
import { core } from '@/server/core';

/**
 * Publishing on the emulator and a real sandbox network on a socket, without the rest of the product. Sweeps see every due run
 * of a database, so each test file has a database of its own: call {@link ownDatabase} before anything else.
 */
export function ownDatabase(name: string): void {
  process.env.FIREBASE_PROJECT_ID = projectName(name);
  // Its worker processes and further databases are told by project.
  process.env.FIRESTORE_DATABASE = '(default)';
}

function projectName(name: string): string {
  return `demo-publishing-${name}-${randomBytes(4).toString('hex')}`;
}

/** One more database beside the file's own, for a scenario that must not see its neighbours. */
export function separateDatabase(name: string): { db: Db; projectId: string } {
  // The product takes the first app of a process for its own.
  void core.db;
  const projectId = projectName(name);
  const firestore = getFirestore(initializeApp({ projectId }, projectId));
  firestore.settings({ ignoreUndefinedProperties: true });
  return { db: new Db(firestore), projectId };
}

/** Leases of seconds instead of a minute, so that recovery can be watched. */
export const FAST: Timing = {
  ...DEFAULT_TIMING,
  lease: 4_000,
  heartbeat: 1_000,
  commitMargin: 500,
  commitShortest: 1_000,
  question: 5_000,
  pollShortest: 200,
  looksEventual: [1_500, 3_000, 5_000],
  looksExact: [0, 500, 1_000, 2_000, 4_000],
  reminders: [3_600_000],
  laneWait: 1_000,
  lanePoll: 50,
};

/** One connected sandbox account, as data, so that another process can use it too. */
export interface TestChannelSpec {
  connectionId: string;
  organizationId: string;
  accountId: string;
  handle: string;
  token: string;
  settings: ChannelSettings;
  health: 'healthy' | 'needs_reauth';
}

export interface PublishingParts {
  repository: PublishingRepository;
  executor: RunExecutor;
  service: PublishingService;
  bus: EventBus;
  outbox: Outbox;
  dispatcher(settings?: Partial<DispatcherSettings>): RunDispatcher;
}

export interface BuildOptions {
  networkUrl: string;
  channels: ReadonlyMap<string, TestChannelSpec>;
  db?: Db;
  owner?: string;
  timing?: Timing;
  clock?: Clock;
  lateLimit?: number;
  checkpoint?: NonNullable<ExecutorDependencies['checkpoint']>;
  random?: () => number;
  dispatch?: Partial<DispatcherSettings>;
}

/** Everything of publishing, as the composition root builds it, with channels from a table. */
export function buildPublishing(options: BuildOptions): PublishingParts {
  const clock = options.clock ?? systemClock;
  const owner = options.owner ?? `w-${randomUUID().slice(0, 8)}`;
  const timing = options.timing ?? FAST;
  const random = options.random ?? Math.random;
  const db = options.db ?? core.db;
  const bus = new EventBus(clock, randomIds);
  const outbox = new Outbox(db, bus, clock, randomIds);
  const platform = platformDependencies(clock, platformEnv({ SANDBOX_API_BASE_URL: options.networkUrl }));
  const modules = platformRegistry(() => {
    throw new Error('The sandbox network is behind a socket here.');
  });
  const provider = new PlatformProviderFactory(modules, platform).get('sandbox');
  const spec = (connectionId: string) => {
    const found = options.channels.get(connectionId);
    if (!found) throw new Error(`No test channel ${connectionId}.`);
    return found;
  };
  const repository = new PublishingRepository(db, outbox, randomIds, {
    gateIn: async (_tx, _organizationId, connectionId) => {
      const { health, settings } = spec(connectionId);
      return {
        health,
        requiresApproval: settings.requiresApproval,
        concurrentCommits: settings.concurrentCommits,
      };
    },
  });
  const executor = new RunExecutor({
    repository,
    channels: {
      publishingContext: async (_organizationId, connectionId): Promise<PublishingChannel> => {
        const one = spec(connectionId);
        const { organizationId, accountId, handle, health, settings, token } = one;
        return {
          health,
          channel: { connectionId, organizationId, platform: 'sandbox', accountId, handle, settings },
          provider,
          limits: {},
          credentials: async () => ({ version: 1, accessToken: token, scopes: [], extra: {} }),
          renewCredentials: async () => undefined,
        };
      },
    },
    media: { sources: async () => new Map() },
    links: { forms: async () => (url) => url },
    bus,
    clock,
    ids: randomIds,
    random,
    timing,
    lateLimit: options.lateLimit ?? 6 * 3600_000,
    owner,
    ...(options.checkpoint ? { checkpoint: options.checkpoint } : {}),
  });
  const dispatcher = (settings: Partial<DispatcherSettings> = {}) =>
    new RunDispatcher(repository, executor, clock, {
      owner,
      ...DEFAULT_DISPATCH,
      ...options.dispatch,
      ...settings,
    });
  const service = new PublishingService({
    repository,
    dispatcher: () => dispatcher(),
    clock,
    random,
    timing,
  });
  subscribePublishing(bus.subscribe.bind(bus), service);
  return { repository, executor, service, bus, outbox, dispatcher };
}

export interface NewPost {
  text?: string;
  channels: readonly TestChannelSpec[];
  dueAt?: Date;
  thread?: string[];
  firstComment?: string;
  approval?: Post['approval'];
  needsApproval?: boolean;
}

/** The sandbox network, its channels, and posts planned on them. */
export class PublishingWorld {
  readonly network: SandboxServer;
  readonly proxy: FaultyProxy;
  readonly channels = new Map<string, TestChannelSpec>();
  readonly organizationId = `org_${randomUUID().slice(0, 12)}`;

  constructor(
    readonly clock: Clock = systemClock,
    readonly database: { db: Db; projectId: string } | null = null,
  ) {
    this.network = new SandboxServer(clock);
    this.proxy = new FaultyProxy(() => this.network.url);
  }

  get db(): Db {
    return this.database?.db ?? core.db;
  }

  async start(): Promise<this> {
    await this.network.start();
    await this.proxy.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.network.stop();
  }

  build(options: Partial<BuildOptions> = {}): PublishingParts {
    return buildPublishing({
      networkUrl: this.proxy.url,
      channels: this.channels,
      clock: this.clock,
      db: this.db,
      ...options,
    });
  }

  channel(mode: ReconcileMode = 'exact', settings: Partial<ChannelSettings> = {}): TestChannelSpec {
    const accountId = `acc_${randomUUID().slice(0, 12)}`;
    const token = `${accountId}.${randomUUID()}`;
    const handle = accountId.replaceAll('-', '_').toLowerCase();
    this.network.store.accounts.set(accountId, {
      id: accountId,
      handle,
      displayName: 'Test',
      ownerUserId: 'someone',
      postsPerHour: null,
      faults: [],
    });
    this.network.store.grants.set(accountId, {
      id: accountId,
      accountId,
      scopes: ['read', 'write', 'media'],
      codeHash: null,
      codeExpiresAt: null,
      redirectUri: 'http://localhost:3000',
      codeChallenge: 'x',
      accessHash: createHash('sha256').update(token).digest('hex'),
      accessExpiresAt: new Date('2099-01-01'),
      refreshHash: null,
      revoked: false,
    });
    const spec: TestChannelSpec = {
      connectionId: `conn_${randomUUID().slice(0, 12)}`,
      organizationId: this.organizationId,
      accountId,
      handle,
      token,
      settings: channelSettingsSchema.parse({ sandboxReconcile: mode, ...settings }),
      health: 'healthy',
    };
    this.channels.set(spec.connectionId, spec);
    return spec;
  }

  /** What the network does to the next calls of one account. */
  fault(channel: TestChannelSpec, ...faults: Omit<Fault, 'remaining'>[]): void {
    const account = this.network.store.accounts.get(channel.accountId);
    if (!account) throw new Error('No such account.');
    const added = faults.map((fault) => ({ ...fault, remaining: 1 }));
    this.network.store.accounts.set(account.id, { ...account, faults: [...account.faults, ...added] });
  }

  /** A planned post, as content stores it. @returns its id. */
  async post(parts: PublishingParts, request: NewPost): Promise<{ postId: string; runIds: string[] }> {
    const now = this.clock.now();
    const dueAt = request.dueAt ?? now;
    const post = await this.unsaved(request, dueAt);
    const plans = await Promise.all(
      request.channels.map(async ({ connectionId }) => ({
        connectionId,
        platform: 'sandbox' as const,
        dueAt,
        localTime: dueAt.toISOString().slice(0, 16),
        zone: 'UTC',
        needsApproval: request.needsApproval ?? false,
        contentHash: await channelContentHash(post, connectionId),
      })),
    );
    await this.db.run(async (tx: Tx) => {
      const { id, ...document } = post;
      tx.create(this.db.doc(postModel, id), document);
      parts.service.planIn(tx, post, plans, []);
    });
    return { postId: post.id, runIds: request.channels.map((one) => runIdOf(post.id, one.connectionId)) };
  }

  async unsaved(request: NewPost, dueAt: Date): Promise<UnsavedPost> {
    const content = {
      master: { text: request.text ?? `Hello ${randomUUID()}`, mediaIds: [] },
      channels: request.channels.map(({ connectionId }) => ({ connectionId, platform: 'sandbox' as const })),
      ...(request.thread ? { thread: request.thread } : {}),
      ...(request.firstComment ? { firstComment: request.firstComment } : {}),
    };
    return {
      id: `post_${randomUUID().slice(0, 12)}`,
      organizationId: this.organizationId,
      authorId: 'author',
      ...content,
      mediaIds: [],
      channelIds: request.channels.map((one) => one.connectionId),
      tags: [],
      status: 'scheduled',
      version: 1,
      contentHash: await contentHash(content),
      approval: request.approval ?? { status: 'none' },
      schedule: { mode: 'at', localTime: dueAt.toISOString().slice(0, 16), zone: 'UTC', dueAt },
      source: 'human',
    };
  }

  run(runId: string): Promise<Run | null> {
    return this.db.get(this.db.doc(runModel, runId));
  }

  postDocument(postId: string): Promise<Post | null> {
    return this.db.get(this.db.doc(postModel, postId));
  }

  runs(): Promise<Run[]> {
    return this.db.find(this.db.collection(runModel).where('organizationId', '==', this.organizationId));
  }

  async attempts(runId: string): Promise<Attempt[]> {
    const found = await this.db.find(this.db.collection(attemptModel).where('runId', '==', runId));
    return found.sort((a, b) => a.finishedAt.getTime() - b.finishedAt.getTime());
  }

  /** How often a text stands on the network. */
  shown(text: string): number {
    return this.network.posts().filter((post) => post.text === text).length;
  }
}
