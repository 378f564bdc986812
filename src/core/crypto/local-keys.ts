import 'server-only';
import { hkdfSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { LRUCache } from 'lru-cache';
import { type DataKey, KEY_BYTES, type KeyDriver } from './key-driver';

export interface MasterKey {
  version: number;
  key: Uint8Array;
}

/**
 * Reads `ENCRYPTION_KEYS`: `2:<base64 of 32 bytes>,1:<…>`, newest first.
 * @throws Error that names the faulty entry by position and never repeats its value.
 */
export function parseKeyRing(text: string): MasterKey[] {
  const keys = text.split(',').map((entry, index) => {
    const match = /^\s*([1-9]\d{0,5})\s*:\s*([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(entry);
    if (!match) throw new Error(`ENCRYPTION_KEYS, entry ${index + 1}: write <version>:<base64 of 32 bytes>.`);
    const key = Buffer.from(match[2] ?? '', 'base64');
    if (key.length !== KEY_BYTES) {
      throw new Error(
        `ENCRYPTION_KEYS, entry ${index + 1}: the key has ${key.length} bytes instead of ${KEY_BYTES}.`,
      );
    }
    return { version: Number(match[1]), key };
  });
  if (new Set(keys.map(({ version }) => version)).size !== keys.length) {
    throw new Error('ENCRYPTION_KEYS names one version twice.');
  }
  return keys;
}

/** Master keys held in this process. The data key of a context is derived (HKDF-SHA256, RFC 5869), so nothing is stored. */
export class LocalKeyRing implements KeyDriver {
  readonly #masters: ReadonlyMap<string, Uint8Array>;
  readonly #current: string;
  readonly #derived = new LRUCache<string, Uint8Array>({ max: 5_000 });

  /** @param keys newest first. */
  constructor(keys: readonly MasterKey[]) {
    const newest = keys[0];
    if (!newest) throw new Error('A key ring needs at least one key.');
    this.#current = String(newest.version);
    this.#masters = new Map(keys.map(({ version, key }) => [String(version), key]));
  }

  async seal(context: string): Promise<DataKey> {
    return { keyId: this.#current, key: this.#derive(this.#current, context) };
  }

  async open(keyId: string, context: string): Promise<Uint8Array> {
    return this.#derive(keyId, context);
  }

  owns(keyId: string): boolean {
    return /^\d+$/.test(keyId);
  }

  async isCurrent(keyId: string): Promise<boolean> {
    return keyId === this.#current;
  }

  #derive(version: string, context: string): Uint8Array {
    const master = this.#masters.get(version);
    if (!master) throw new Error(`Key version ${version} is not in the key ring.`);
    const cacheKey = `${version}:${context}`;
    let derived = this.#derived.get(cacheKey);
    if (!derived) {
      derived = new Uint8Array(hkdfSync('sha256', master, 'irisync/data-key/1', context, KEY_BYTES));
      this.#derived.set(cacheKey, derived);
    }
    return derived;
  }
}

/**
 * Keys for a developer's machine: made once, kept readable by their owner only. Never used in production.
 * Safe when several processes start at once: all end up with the same keys.
 */
export function developmentKeys(file: string): MasterKey[] {
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
    fs.writeFileSync(draft, `1:${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600 });
    try {
      // A link appears whole or not at all, and fails when another process was first.
      fs.linkSync(draft, file);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    } finally {
      fs.rmSync(draft);
    }
  }
  return parseKeyRing(fs.readFileSync(file, 'utf8').trim());
}
