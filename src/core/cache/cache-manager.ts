import 'server-only';
import { randomUUID } from 'node:crypto';
import type { Db } from '@/core/db/db';
import { logger } from '@/core/telemetry/logger';
import { metrics } from '@/core/telemetry/metrics';
import { type Clock, systemClock } from '@/core/time/clock';
import { deepFreeze, type Entry, packEntry, type Stamps, sameStamps } from './entry';
import { FirestoreLayer } from './firestore-layer';
import { type CacheKey, parseKey, parsePattern } from './keys';
import { MemoryLayer } from './memory-layer';
import type { RedisLink } from './redis';
import { RedisLayer } from './redis-layer';

export interface CacheOptions {
  /** Seconds the value may be served; at most a week. */
  ttlSeconds: number;
  /**
   * `all` layers (default); `fast` leaves Firestore out: for what costs no more to load than a document or two.
   */
  layers?: 'all' | 'fast';
}

export interface CacheDeps {
  /** Null: no Redis, each instance for itself until Firestore's stamps are looked at again. */
  redis?: RedisLink | null;
  /** Null: no third layer. */
  db?: Db | null;
  clock?: Clock;
  maxEntries?: number;
  maxBytes?: number;
}

export interface LayerStatus {
  layer: 'memory' | 'redis' | 'firestore';
  state: 'up' | 'down' | 'off';
}

interface Flight {
  value: Promise<unknown>;
  sequence: number;
}
interface Found {
  entry: Entry | undefined;
  /** As they were before loading starts; undefined when no shared layer answers. */
  stamps: Stamps | undefined;
  redisUp: boolean;
}

const MAX_TTL_SECONDS = 7 * 24 * 3600;
/** An instance that hears of invalidations keeps values longer in memory than one that does not. */
const MEMORY_TOLD_MS = 5 * 60_000;
const MEMORY_UNTOLD_MS = 15_000;
const LOCK_MS = 15_000;
const POLL_MS = 25;
const MAX_POLL_MS = 250;

/**
 * Three layers: memory, Redis (optional), Firestore. A hit in a lower one fills those above with the time it has left. A layer
 * that is down is skipped, counted and reported, never fatal.
 */
export class CacheManager {
  readonly #memory: MemoryLayer;
  readonly #redis: RedisLayer | null;
  readonly #firestore: FirestoreLayer | null;
  readonly #clock: Clock;
  readonly #flights = new Map<string, Flight>();
  /** Invalidations that Redis has still to hear of. */
  readonly #owed = new Map<string, { group: string; area: string | null; stamp: string }>();
  #firestoreDown = false;

  constructor(deps: CacheDeps = {}) {
    this.#clock = deps.clock ?? systemClock;
    this.#memory = new MemoryLayer({
      maxEntries: deps.maxEntries ?? 10_000,
      maxBytes: deps.maxBytes ?? 64 * 1024 * 1024,
    });
    this.#redis = deps.redis ? new RedisLayer(deps.redis) : null;
    this.#firestore = deps.db ? new FirestoreLayer(deps.db) : null;
    this.#redis?.subscribe(
      (group, area) => this.#forget(group, area),
      () => this.#memory.clear(),
    );
    deps.redis?.client.on('ready', () => void this.#settleOwed());
  }

  /** The cached value in its envelope, or undefined: `null`, `0` and `''` are values. */
  async get<T>(key: string, options: Pick<CacheOptions, 'layers'> = {}): Promise<{ value: T } | undefined> {
    const parsed = parseKey(key);
    const sequence = this.#memory.sequence;
    const near = this.#near(parsed);
    if (near) return near as { value: T };
    const { entry } = await this.#look(parsed, sequence, options.layers ?? 'all');
    return entry ? { value: entry.value as T } : undefined;
  }

  /**
   * Stores a value; objects get frozen, because they are shared by everyone who asks. Prefer {@link getOrLoad}: a value that
   * was computed before an invalidation and set after it stays wrong until it expires.
   */
  async set<T>(key: string, value: T, options: CacheOptions): Promise<void> {
    const parsed = parseKey(key);
    const sequence = this.#memory.sequence;
    const stamps = await this.#stamps(parsed, options.layers ?? 'all');
    await this.#store(parsed, value, options, sequence, stamps);
  }

  /**
   * The cached value, or the one `load` returns. However many ask at once, in however many instances that share a Redis,
   * one loads. A failed load is thrown to all who waited and nothing is kept. What is invalidated while it is being loaded
   * is returned but not kept.
   */
  getOrLoad<T>(key: string, load: () => Promise<T>, options: CacheOptions): Promise<T> {
    const parsed = parseKey(key);
    const near = this.#near(parsed);
    if (near) return Promise.resolve(near.value as T);
    const running = this.#flights.get(key);
    // Whoever asks after an invalidation must not get what was loaded before it.
    if (running && this.#memory.isCurrent(parsed, running.sequence)) return running.value as Promise<T>;
    const sequence = this.#memory.sequence;
    const value = this.#lookOrLoad(parsed, load, options, sequence).finally(() => {
      if (this.#flights.get(key)?.value === value) this.#flights.delete(key);
    });
    this.#flights.set(key, { value, sequence });
    return value;
  }

  /**
   * Voids `org_42_*`, `org_42_dashboard_*`, or the area of a single key, in all layers and instances, at constant cost.
   * Resolves when no later read here can return the old values.
   */
  async invalidate(pattern: string): Promise<void> {
    const { group, area } = parsePattern(pattern);
    this.#forget(group, area);
    const stamp = randomUUID();
    const durable = this.#durably(() => this.#firestore?.bump(group, area, stamp, this.#now()));
    const shared = this.#redis?.bump(group, area, stamp);
    await durable;
    if (shared && !(await shared))
      this.#owed.set(area === null ? group : `${group}_${area}`, { group, area, stamp });
    // Looked-up stamps that raced with the write above would be the old ones.
    this.#firestore?.forgetStamps(group);
  }

  status(): LayerStatus[] {
    return [
      { layer: 'memory', state: 'up' },
      { layer: 'redis', state: this.#redis ? (this.#redis.link.ready ? 'up' : 'down') : 'off' },
      { layer: 'firestore', state: this.#firestore ? (this.#firestoreDown ? 'down' : 'up') : 'off' },
    ];
  }

  close(): void {
    this.#redis?.close();
  }

  #near(key: CacheKey): { value: unknown } | undefined {
    const hit = this.#memory.read(key, this.#now());
    metrics.cache('memory', hit ? 'hit' : 'miss');
    return hit;
  }

  /** Looks into the shared layers and fills the upper ones from what it finds. */
  async #look(key: CacheKey, sequence: number, layers: 'all' | 'fast'): Promise<Found> {
    const now = this.#now();
    const fromRedis = await this.#readRedis(key, layers);
    const redisUp = fromRedis !== undefined;
    if (fromRedis?.entry) {
      this.#keepNear(key, fromRedis.entry, sequence, packEntry(fromRedis.entry));
      return { ...fromRedis, redisUp };
    }
    const firestore = layers === 'all' ? this.#firestore : null;
    const stamps = fromRedis?.stamps ?? (await this.#durably(() => firestore?.stamps(key, now)));
    if (!firestore || !stamps) return { entry: undefined, stamps, redisUp };
    const stored = await this.#durably(() => firestore.read(key));
    const entry = stored && isLive(stored, stamps, now) ? stored : undefined;
    metrics.cache('firestore', entry ? 'hit' : 'miss');
    if (entry) {
      const packed = packEntry(entry);
      this.#keepNear(key, entry, sequence, packed);
      await this.#redis?.write(key, packed, entry.expiresAt - now);
    }
    return { entry, stamps, redisUp };
  }

  async #stamps(key: CacheKey, layers: 'all' | 'fast'): Promise<Stamps | undefined> {
    const fromRedis = await this.#readRedis(key, layers);
    if (fromRedis || layers === 'fast') return fromRedis?.stamps;
    return this.#durably(() => this.#firestore?.stamps(key, this.#now()));
  }

  /** Undefined when Redis is away, or has yet to hear of an invalidation of this key. */
  async #readRedis(
    key: CacheKey,
    layers: 'all' | 'fast',
  ): Promise<{ stamps: Stamps; entry: Entry | undefined } | undefined> {
    if (!this.#redis || this.#owed.has(key.group) || this.#owed.has(`${key.group}_${key.area}`))
      return undefined;
    const now = this.#now();
    const found = await this.#redis.read(key, async () => {
      const durable =
        layers === 'all' ? await this.#durably(() => this.#firestore?.stamps(key, now)) : undefined;
      return durable ?? { group: randomUUID(), area: randomUUID() };
    });
    if (!found) {
      metrics.cache('redis', 'error');
      return undefined;
    }
    const entry = found.entry && isLive(found.entry, found.stamps, now) ? found.entry : undefined;
    metrics.cache('redis', entry ? 'hit' : 'miss');
    return { stamps: found.stamps, entry };
  }

  async #lookOrLoad<T>(
    key: CacheKey,
    load: () => Promise<T>,
    options: CacheOptions,
    sequence: number,
  ): Promise<T> {
    const first = await this.#look(key, sequence, options.layers ?? 'all');
    if (first.entry) return first.entry.value as T;
    const turn = first.redisUp ? await this.#awaitTurn(key, sequence) : undefined;
    try {
      if (turn?.found.entry) return turn.found.entry.value as T;
      const value = await load();
      await this.#store(key, value, options, sequence, (turn?.found ?? first).stamps);
      return value;
    } finally {
      await turn?.release();
    }
  }

  /**
   * Waits until this instance may load, or another one has. Undefined when Redis cannot arbitrate any more, or the other
   * one takes longer than a lock lives: then load, rather than make people wait.
   */
  async #awaitTurn(
    key: CacheKey,
    sequence: number,
  ): Promise<{ found: Found; release(): Promise<void> } | undefined> {
    const endsAt = performance.now() + LOCK_MS;
    for (let wait = POLL_MS; performance.now() < endsAt; wait = Math.min(wait * 1.5, MAX_POLL_MS)) {
      const lock = (await this.#redis?.lock(key, LOCK_MS)) ?? 'down';
      if (lock === 'down') return undefined;
      const found = await this.#look(key, sequence, 'fast');
      const release = async () => (lock === 'busy' ? undefined : lock.release());
      if (found.entry || lock !== 'busy') return { found, release };
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    return undefined;
  }

  async #store(
    key: CacheKey,
    value: unknown,
    options: CacheOptions,
    sequence: number,
    stamps: Stamps | undefined,
  ): Promise<void> {
    const now = this.#now();
    const ttlSeconds = Math.min(options.ttlSeconds, MAX_TTL_SECONDS);
    const entry: Entry = {
      value: deepFreeze(value),
      expiresAt: now + ttlSeconds * 1000,
      stamps: stamps ?? { group: '', area: '' },
    };
    const packed = packEntry(entry);
    this.#keepNear(key, entry, sequence, packed);
    if (!stamps) return;
    const durable = options.layers === 'fast' ? null : this.#firestore;
    await Promise.all([
      this.#redis?.write(key, packed, ttlSeconds * 1000),
      this.#durably(() => durable?.write(key, packed, entry.expiresAt)),
    ]);
  }

  #keepNear(key: CacheKey, entry: Entry, sequence: number, packed: Buffer): void {
    const told = this.#redis ? this.#redis.listening : !this.#firestore;
    const expiresAt = Math.min(entry.expiresAt, this.#now() + (told ? MEMORY_TOLD_MS : MEMORY_UNTOLD_MS));
    this.#memory.write(key, deepFreeze(entry.value), expiresAt, sequence, packed.byteLength);
  }

  #forget(group: string, area: string | null): void {
    this.#memory.invalidate(group, area);
    this.#firestore?.forgetStamps(group);
  }

  async #settleOwed(): Promise<void> {
    for (const [name, { group, area, stamp }] of [...this.#owed]) {
      if (await this.#redis?.bump(group, area, stamp)) this.#owed.delete(name);
    }
  }

  /** Runs something on Firestore; undefined when it fails. */
  async #durably<T>(run: () => Promise<T> | undefined): Promise<T | undefined> {
    try {
      const value = await run();
      this.#firestoreDown = false;
      return value;
    } catch (error) {
      metrics.cache('firestore', 'error');
      if (!this.#firestoreDown) logger.warn({ err: error }, 'the cache in Firestore cannot be used');
      this.#firestoreDown = true;
      return undefined;
    }
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}

function isLive(entry: Entry, stamps: Stamps, now: number): boolean {
  return entry.expiresAt > now && sameStamps(entry.stamps, stamps);
}
