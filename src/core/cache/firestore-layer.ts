import 'server-only';
import { z } from 'zod';
import { sha256hex } from '@/core/crypto/secrets';
import type { Db } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { type Entry, type Stamps, unpackEntry } from './entry';
import type { CacheKey } from './keys';

export const cacheEntryModel = defineModel('cache_entries', {
  /** A packed entry; null in the documents that hold a stamp. */
  data: z.custom<Uint8Array>((value) => value instanceof Uint8Array).nullable(),
  stamp: z.string(),
  expiresAt: z.date(),
});

const FIRST = '0';
const STAMP_MS = 30 * 24 * 3600_000;
/** Other instances' invalidations are seen this much later where there is no Redis to tell of them. */
const STAMPS_BELIEVED_MS = 5_000;
/** Firestore documents end at 1 MiB. */
const MAX_BYTES = 900_000;

/** The layer that outlives processes and Redis. Errors are the caller's to catch: Firestore may be down too. */
export class FirestoreLayer {
  readonly #believed = new Map<string, { stamps: Promise<Stamps>; until: number }>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(readonly db: Db) {}

  async read(key: CacheKey): Promise<Entry | undefined> {
    const document = await this.db.get(this.db.doc(cacheEntryModel, entryId(key)));
    return document?.data ? unpackEntry(document.data) : undefined;
  }

  async write(key: CacheKey, data: Uint8Array, expiresAt: number): Promise<void> {
    if (data.byteLength > MAX_BYTES) return;
    await this.db.set(this.db.doc(cacheEntryModel, entryId(key)), {
      data,
      stamp: '',
      expiresAt: new Date(expiresAt),
    });
  }

  /** Group and area stamps, looked up at most every few seconds. */
  stamps(key: CacheKey, now: number): Promise<Stamps> {
    const name = `${key.group}_${key.area}`;
    const known = this.#believed.get(name);
    if (known && known.until > now) return known.stamps;
    if (this.#believed.size > 10_000) this.#believed.clear();
    const stamps = this.#load(key);
    this.#believed.set(name, { stamps, until: now + STAMPS_BELIEVED_MS });
    stamps.catch(() => this.#believed.delete(name));
    return stamps;
  }

  forgetStamps(group: string): void {
    for (const name of this.#believed.keys()) if (name.startsWith(`${group}_`)) this.#believed.delete(name);
  }

  /**
   * Stores a new stamp. One document takes about one write a second, so invalidations that arrive while one is being
   * written share the next one.
   */
  bump(group: string, area: string | null, stamp: string, now: number): Promise<void> {
    const name = area === null ? group : `${group}_${area}`;
    const waiting = this.#waiting.get(name);
    if (waiting) return waiting;
    const running = this.#running.get(name);
    if (!running) return this.#start(name, stamp, now);
    const start = () => {
      this.#waiting.delete(name);
      return this.#start(name, stamp, now);
    };
    const next = running.then(start, start);
    this.#waiting.set(name, next);
    return next;
  }

  #start(name: string, stamp: string, now: number): Promise<void> {
    const running = this.#write(name, stamp, now).finally(() => {
      if (this.#running.get(name) === running) this.#running.delete(name);
    });
    this.#running.set(name, running);
    return running;
  }

  async #load(key: CacheKey): Promise<Stamps> {
    const [group, area] = await this.db.getAll([
      this.db.doc(cacheEntryModel, stampId(key.group)),
      this.db.doc(cacheEntryModel, stampId(`${key.group}_${key.area}`)),
    ]);
    return { group: group?.stamp ?? FIRST, area: area?.stamp ?? FIRST };
  }

  #write(name: string, stamp: string, now: number): Promise<void> {
    return this.db.set(this.db.doc(cacheEntryModel, stampId(name)), {
      data: null,
      stamp,
      expiresAt: new Date(now + STAMP_MS),
    });
  }
}

/** Hashed: keys may hold characters that document names may not, and sequential names would crowd one range. */
const entryId = (key: CacheKey) => `e-${sha256hex(key.text)}`;
const stampId = (name: string) => `s-${sha256hex(name)}`;
