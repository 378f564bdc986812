import 'server-only';
import { Redis } from 'ioredis';
import { logger } from '@/core/telemetry/logger';

/** How long the very first command may wait for the connection that is just being made. */
const FIRST_CONNECT_MS = 1_000;
const COMMAND_MS = 500;

export type Attempt<T> = { ok: true; value: T } | { ok: false };

/**
 * A connection to Redis for things that must go on without it: nothing waits for a server that is away, and no failure
 * leaves this class. Reconnects by itself.
 */
export class RedisLink {
  readonly client: Redis;
  #everReady = false;
  #reportedDown = false;
  readonly #firstTry: Promise<void>;

  constructor(readonly url: string) {
    this.client = new Redis(url, {
      connectTimeout: 2_000,
      commandTimeout: COMMAND_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 6), 3_000),
    });
    this.client.on('ready', () => {
      if (this.#reportedDown) logger.info('Redis is back');
      this.#everReady = true;
      this.#reportedDown = false;
    });
    this.client.on('error', (error) => this.#report(error));
    this.#firstTry = new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, FIRST_CONNECT_MS);
      this.client.once('ready', done);
      this.client.once('error', done);
    });
  }

  get ready(): boolean {
    return this.client.status === 'ready';
  }

  /** Runs a command, or says that Redis cannot be used just now. Never throws. */
  async attempt<T>(run: (client: Redis) => Promise<T>): Promise<Attempt<T>> {
    if (!this.ready && !this.#everReady) await this.#firstTry;
    if (!this.ready) return { ok: false };
    try {
      return { ok: true, value: await run(this.client) };
    } catch (error) {
      this.#report(error);
      return { ok: false };
    }
  }

  /** A second connection for subscriptions, which block a connection for everything else. */
  subscriber(): Redis {
    const subscriber = this.client.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null });
    subscriber.on('error', (error) => this.#report(error));
    return subscriber;
  }

  /** Milliseconds of one round trip; undefined when Redis is away. */
  async ping(): Promise<number | undefined> {
    const startedAt = performance.now();
    const answer = await this.attempt((client) => client.ping());
    return answer.ok ? performance.now() - startedAt : undefined;
  }

  close(): void {
    this.client.disconnect();
  }

  /** Once per outage: a server that is away would otherwise fill the log. */
  #report(error: unknown): void {
    if (this.#reportedDown) return;
    this.#reportedDown = true;
    logger.warn({ err: error }, 'Redis cannot be reached; going on without it');
  }
}
