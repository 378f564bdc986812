import 'server-only';
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Entry, type Stamps, unpackEntry } from './entry';
import type { CacheKey } from './keys';
import type { RedisLink } from './redis';

const CHANNEL = 'irisync:cache:invalidated';
/** Longer than any entry may live, so that no entry outlasts the stamp that voids it. */
const STAMP_SECONDS = 30 * 24 * 3600;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

const message = z.object({ origin: z.string(), group: z.string(), area: z.string().nullable() });

/** Braces put all keys of one group into one hash slot, so that one command may name several. */
const names = (key: { group: string; area: string | null }) => ({
  group: `cache:{${key.group}}:stamp`,
  area: `cache:{${key.group}}:stamp:${key.area}`,
});
const entryName = (key: CacheKey) => `cache:{${key.group}}:entry:${key.text}`;
const lockName = (key: CacheKey) => `cache:{${key.group}}:lock:${key.text}`;

/** The layer that instances share. Every method says "down" (undefined) rather than throwing. */
export class RedisLayer {
  readonly #origin = randomUUID();
  #subscriber: Redis | undefined;

  constructor(readonly link: RedisLink) {}

  /** Stamps that are not there are set by `initial`, so that all instances agree on them. */
  async read(
    key: CacheKey,
    initial: () => Promise<Stamps>,
  ): Promise<{ stamps: Stamps; entry: Entry | undefined } | undefined> {
    const stampNames = names(key);
    const answer = await this.link.attempt((client) =>
      client.mgetBuffer(entryName(key), stampNames.group, stampNames.area),
    );
    if (!answer.ok) return undefined;
    const [packed, group, area] = answer.value;
    const entry = packed ? unpackEntry(packed) : undefined;
    if (group && area) return { stamps: { group: group.toString(), area: area.toString() }, entry };
    const stamps = await this.#initialise(key, await initial());
    return stamps ? { stamps, entry } : undefined;
  }

  async write(key: CacheKey, packed: Buffer, ttlMs: number): Promise<void> {
    const ttl = Math.max(1, Math.round(ttlMs));
    await this.link.attempt((client) => client.set(entryName(key), packed, 'PX', ttl));
  }

  /** Gives group or area a new stamp and tells the other instances. @returns whether Redis took it. */
  async bump(group: string, area: string | null, stamp: string): Promise<boolean> {
    const stampNames = names({ group, area });
    const answer = await this.link.attempt((client) =>
      client
        .multi()
        .set(area === null ? stampNames.group : stampNames.area, stamp, 'EX', STAMP_SECONDS)
        .publish(CHANNEL, JSON.stringify({ origin: this.#origin, group, area }))
        .exec(),
    );
    return answer.ok;
  }

  /** One loader among all instances. `down` means: nobody can be asked, load. */
  async lock(key: CacheKey, ttlMs: number): Promise<{ release(): Promise<void> } | 'busy' | 'down'> {
    const owner = randomUUID();
    const answer = await this.link.attempt((client) => client.set(lockName(key), owner, 'PX', ttlMs, 'NX'));
    if (!answer.ok) return 'down';
    if (answer.value !== 'OK') return 'busy';
    return {
      release: async () => {
        await this.link.attempt((client) => client.eval(RELEASE, 1, lockName(key), owner));
      },
    };
  }

  /** Hears what other instances invalidate. `onGap`: messages may have been missed before now. */
  subscribe(onInvalidated: (group: string, area: string | null) => void, onGap: () => void): void {
    const subscriber = this.link.subscriber();
    this.#subscriber = subscriber;
    subscriber.on('ready', onGap);
    subscriber.on('message', (_channel: string, text: string) => {
      const heard = parseMessage(text);
      if (heard && heard.origin !== this.#origin) onInvalidated(heard.group, heard.area);
    });
    // The connection subscribes again by itself after every interruption.
    subscriber.subscribe(CHANNEL).catch(onGap);
  }

  get listening(): boolean {
    return this.#subscriber?.status === 'ready';
  }

  close(): void {
    this.#subscriber?.disconnect();
  }

  async #initialise(key: CacheKey, initial: Stamps): Promise<Stamps | undefined> {
    const stampNames = names(key);
    const answer = await this.link.attempt((client) =>
      client
        .multi()
        .set(stampNames.group, initial.group, 'EX', STAMP_SECONDS, 'NX')
        .set(stampNames.area, initial.area, 'EX', STAMP_SECONDS, 'NX')
        .mget(stampNames.group, stampNames.area)
        .exec(),
    );
    if (!answer.ok) return undefined;
    const [group, area] = (answer.value?.[2]?.[1] ?? []) as (string | null)[];
    return group && area ? { group, area } : undefined;
  }
}

/** Undefined for what another program may publish under our channel's name. */
function parseMessage(text: string): z.output<typeof message> | undefined {
  try {
    return message.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
