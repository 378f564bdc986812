import { LRUCache } from 'lru-cache';
import type { CacheKey } from './keys';

interface Slot {
  value: unknown;
  expiresAt: number;
  sequence: number;
}

/**
 * The process's own memory. Every invalidation takes the next number of one sequence; an entry carries the number that was
 * current when its loading began, and is valid while nothing of its group or area was invalidated after that.
 */
export class MemoryLayer {
  #sequence = 0;
  /** Entries begun before this are void: everything was invalidated, or so much that single numbers were forgotten. */
  #floor = 0;
  readonly #invalidated: LRUCache<string, number>;
  readonly #slots: LRUCache<string, Slot>;

  constructor(limits: { maxEntries: number; maxBytes: number }) {
    this.#slots = new LRUCache({ max: limits.maxEntries, maxSize: limits.maxBytes });
    this.#invalidated = new LRUCache({
      max: 20_000,
      dispose: (sequence, _key, reason) => {
        if (reason === 'evict') this.#floor = Math.max(this.#floor, sequence);
      },
    });
  }

  /** To be taken before loading starts. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Is what was begun at that number still true? */
  isCurrent(key: CacheKey, sequence: number): boolean {
    return (
      sequence >= this.#floor &&
      sequence >= (this.#invalidated.get(key.group) ?? 0) &&
      sequence >= (this.#invalidated.get(`${key.group}_${key.area}`) ?? 0)
    );
  }

  read(key: CacheKey, now: number): { value: unknown } | undefined {
    const slot = this.#slots.get(key.text);
    if (!slot) return undefined;
    if (slot.expiresAt > now && this.isCurrent(key, slot.sequence)) return slot;
    this.#slots.delete(key.text);
    return undefined;
  }

  write(key: CacheKey, value: unknown, expiresAt: number, sequence: number, bytes: number): void {
    if (!this.isCurrent(key, sequence)) return;
    this.#slots.set(key.text, { value, expiresAt, sequence }, { size: Math.max(1, bytes) });
  }

  invalidate(group: string, area: string | null): void {
    this.#sequence += 1;
    this.#invalidated.set(area === null ? group : `${group}_${area}`, this.#sequence);
  }

  clear(): void {
    this.#sequence += 1;
    this.#floor = this.#sequence;
    this.#slots.clear();
  }

  get size(): number {
    return this.#slots.size;
  }
}
