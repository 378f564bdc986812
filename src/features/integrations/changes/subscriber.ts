import 'server-only';
import type { LockService } from '@/core/locks/locks';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Integration, IntegrationRepository } from '../connections/repository';
import type { VendorSession } from '../providers/types';
import type { ChangeFeed, ChangeFeeds } from './feed';
import type { ChangeRepository } from './repository';
import { ChangeStream, type StreamDeps } from './stream';

/** How soon a switch, a new connection or another process's end is seen. */
const LOOK_MS = 20_000;
/** How long a process that died keeps the others from listening. */
const LEASE_MS = 30_000;
/** Connections of one process: each holds a line and four streams. */
const MOST = 200;

export interface SubscriberDeps extends Omit<StreamDeps, 'repository'> {
  repository: ChangeRepository;
  integrations: Pick<IntegrationRepository, 'find'>;
  feeds: ChangeFeeds;
  session(integrationId: string, signal: AbortSignal): VendorSession;
  locks: Pick<LockService, 'withLock'>;
}

interface Listening {
  controller: AbortController;
  done: Promise<void>;
  /** Once its lease is held. */
  stream: ChangeStream | null;
}

/**
 * Listens to the changes of every connection whose people want that, each in one process at a time, whichever is there. For workers:
 * a request ends too soon.
 */
export class ChangeSubscriber {
  static getInstance(): ChangeSubscriber {
    return singleton<ChangeSubscriber>('ChangeSubscriber');
  }

  readonly #listening = new Map<string, Listening>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;

  constructor(readonly deps: SubscriberDeps) {}

  /** Until {@link stop}. */
  start(): void {
    this.#timer ??= setInterval(() => void this.refresh().catch(unseen), LOOK_MS);
    void this.refresh().catch(unseen);
  }

  /** Ends listening and waits until nothing of it is under way; another process may take over at once. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#looking?.catch(unseen);
    await Promise.all([...this.#listening.values()].map((one) => this.#end(one)));
  }

  /** Begins and ends listening as people want it now. */
  refresh(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Connections that this process listens to. */
  get listening(): readonly string[] {
    return [...this.#listening.keys()];
  }

  async #look(): Promise<void> {
    const { repository, integrations, feeds } = this.deps;
    const wanted = await repository.wanted();
    const ids = new Set(wanted.map(({ id }) => id));
    const unwanted = [...this.#listening].filter(([id]) => !ids.has(id));
    await Promise.all(unwanted.map(([, one]) => this.#end(one)));
    for (const { id, liveChanges } of wanted) {
      const known = this.#listening.get(id);
      if (liveChanges.reason === 'no_worker') await known?.stream?.tell();
      if (known || this.#listening.size >= MOST) continue;
      const integration = await integrations.find(id);
      const feed = integration && feeds.get(integration.type);
      const ended = integration?.status === 'disconnected' || integration?.status === 'reauth_required';
      if (feed && !ended) this.#begin(integration, feed);
    }
  }

  #begin(integration: Integration, feed: ChangeFeed): void {
    const { id } = integration;
    const controller = new AbortController();
    const one: Listening = { controller, stream: null, done: Promise.resolve() };
    one.done = this.#listen(integration, feed, one)
      .catch((error: unknown) => {
        logger.error({ err: error, integrationId: id }, 'listening to changes ended with trouble');
      })
      .finally(() => this.#listening.delete(id));
    this.#listening.set(id, one);
  }

  async #listen(integration: Integration, feed: ChangeFeed, one: Listening): Promise<void> {
    const { locks, session, repository } = this.deps;
    const { id } = integration;
    const { signal } = one.controller;
    await locks.withLock(`changes_${id}`, { ttlMs: LEASE_MS }, async (_lock, lost) => {
      const either = AbortSignal.any([signal, lost]);
      const connection = await feed.open(integration, session(id, either));
      one.stream = new ChangeStream(this.deps, integration, feed);
      await one.stream.run(connection, either);
      // Whoever took the lease tells its own state.
      if (signal.aborted && !lost.aborted)
        await repository.show(id, { state: 'waiting', reason: 'no_worker', heardAt: null });
    });
  }

  async #end({ controller, done }: Listening): Promise<void> {
    controller.abort();
    await done;
  }
}

function unseen(error: unknown): void {
  logger.error({ err: error }, 'which connections want live changes could not be seen');
}
