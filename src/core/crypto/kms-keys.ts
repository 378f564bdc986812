import 'server-only';
import { randomBytes } from 'node:crypto';
import type { KeyManagementServiceClient } from '@google-cloud/kms';
import { LRUCache } from 'lru-cache';
import { ServiceUnavailableError } from '@/core/errors';
import { type Clock, systemClock } from '@/core/time/clock';
import { crc32c } from './crc32c';
import { type DataKey, KEY_BYTES, type KeyDriver } from './key-driver';

/** The three calls that are needed, as `@google-cloud/kms` offers them. */
export type KmsClient = Pick<KeyManagementServiceClient, 'encrypt' | 'decrypt' | 'getCryptoKey'>;

/** How long one data key serves for new payloads of a context, and how long the primary version is believed. */
const DATA_KEY_MS = 60 * 60_000;
const PRIMARY_MS = 5 * 60_000;
/** Unwrapped keys kept in memory, so that reading does not cost a call each. */
const OPENED_MS = 10 * 60_000;

/** gRPC status of troubles that pass: https://cloud.google.com/kms/docs/reference/rpc/google.rpc#google.rpc.Code */
const PASSING = new Set([1, 4, 8, 10, 13, 14]);

/**
 * Google Cloud KMS: the master key stays in KMS; random data keys, one per context and hour, are wrapped by it and travel
 * inside the payload (`v{key version}.{wrapped key}`). The context is KMS's additional authenticated data, so a wrapped key
 * moved to another record cannot be opened there.
 */
export class KmsKeys implements KeyDriver {
  readonly #client: () => Promise<KmsClient>;
  readonly #sealing = new LRUCache<string, Promise<DataKey>>({ max: 5_000, ttl: DATA_KEY_MS });
  readonly #opened = new LRUCache<string, Promise<Uint8Array>>({ max: 5_000, ttl: OPENED_MS });
  #primary: { version: string; until: number } | undefined;

  /** @param keyName `projects/…/locations/…/keyRings/…/cryptoKeys/…` */
  constructor(
    readonly keyName: string,
    client: () => Promise<KmsClient>,
    readonly clock: Clock = systemClock,
    readonly timeoutMs = 10_000,
  ) {
    this.#client = client;
  }

  seal(context: string): Promise<DataKey> {
    return once(this.#sealing, context, () => this.#wrapNew(context));
  }

  open(keyId: string, context: string): Promise<Uint8Array> {
    return once(this.#opened, `${context}\u0000${keyId}`, () => this.#unwrap(keyId, context));
  }

  owns(keyId: string): boolean {
    return /^\d+\.[\w-]+$/.test(keyId);
  }

  async isCurrent(keyId: string): Promise<boolean> {
    return keyId.split('.')[0] === (await this.#primaryVersion());
  }

  async #wrapNew(context: string): Promise<DataKey> {
    const key = randomBytes(KEY_BYTES);
    const aad = Buffer.from(context);
    const answer = await this.#call((client, options) =>
      client.encrypt(
        {
          name: this.keyName,
          plaintext: key,
          plaintextCrc32c: { value: crc32c(key) },
          additionalAuthenticatedData: aad,
          additionalAuthenticatedDataCrc32c: { value: crc32c(aad) },
        },
        options,
      ),
    );
    const wrapped = toBytes(answer.ciphertext);
    if (!answer.verifiedPlaintextCrc32c || !answer.verifiedAdditionalAuthenticatedDataCrc32c) {
      throw new Error('Cloud KMS received a damaged request.');
    }
    checkCrc(wrapped, answer.ciphertextCrc32c?.value);
    const keyId = `${versionOf(answer.name)}.${Buffer.from(wrapped).toString('base64url')}`;
    return { keyId, key };
  }

  async #unwrap(keyId: string, context: string): Promise<Uint8Array> {
    const wrapped = Buffer.from(keyId.slice(keyId.indexOf('.') + 1), 'base64url');
    const aad = Buffer.from(context);
    const answer = await this.#call((client, options) =>
      client.decrypt(
        {
          name: this.keyName,
          ciphertext: wrapped,
          ciphertextCrc32c: { value: crc32c(wrapped) },
          additionalAuthenticatedData: aad,
          additionalAuthenticatedDataCrc32c: { value: crc32c(aad) },
        },
        options,
      ),
    );
    const key = toBytes(answer.plaintext);
    checkCrc(key, answer.plaintextCrc32c?.value);
    if (key.length !== KEY_BYTES) throw new Error('Cloud KMS returned a key of the wrong size.');
    return key;
  }

  async #call<A>(
    send: (client: KmsClient, options: { timeout: number }) => Promise<[A, ...unknown[]]>,
  ): Promise<A> {
    const client = await this.#client();
    try {
      const [answer] = await send(client, { timeout: this.timeoutMs });
      return answer;
    } catch (error) {
      // What KMS refuses stays refused; when KMS itself is away, the secret is not lost and the caller may come back.
      if (!isPassing(error)) throw error;
      throw new ServiceUnavailableError(
        'The key service does not answer. Try again in a moment.',
        'service_unavailable',
        { cause: error, severity: 'high', retryAfterSeconds: 10 },
      );
    }
  }

  async #primaryVersion(): Promise<string> {
    const now = this.clock.now().getTime();
    if (this.#primary && this.#primary.until > now) return this.#primary.version;
    const key = await this.#call((client, options) => client.getCryptoKey({ name: this.keyName }, options));
    this.#primary = { version: versionOf(key.primary?.name), until: now + PRIMARY_MS };
    return this.#primary.version;
  }
}

/** Loads the vendor's client on first use only, in HTTP mode: no gRPC stack for a handful of calls. */
export function kmsClient(options: { endpoint?: string } = {}): () => Promise<KmsClient> {
  let client: Promise<KmsClient> | undefined;
  return () => {
    client ??= loadClient(options.endpoint);
    return client;
  };
}

async function loadClient(endpoint: string | undefined): Promise<KmsClient> {
  const { KeyManagementServiceClient } = await import('@google-cloud/kms');
  if (!endpoint) return new KeyManagementServiceClient({ fallback: true });
  const url = new URL(endpoint);
  const secure = url.protocol === 'https:';
  return new KeyManagementServiceClient({
    fallback: true,
    apiEndpoint: url.hostname,
    port: Number(url.port) || (secure ? 443 : 80),
    protocol: secure ? 'https' : 'http',
    // An access token never goes over an open connection; what listens there (a local stand-in) needs none.
    ...(secure ? {} : { authClient: anonymousAuth as never }),
  });
}

/** As much of an auth client as the HTTP mode of google-gax uses. */
const anonymousAuth = {
  getRequestHeaders: async () => new Headers(),
  fetch: (url: string, init: RequestInit) => fetch(url, init),
};

/** One call for all who wait; a failure is forgotten at once. */
function once<V>(cache: LRUCache<string, Promise<V>>, key: string, load: () => Promise<V>): Promise<V> {
  const known = cache.get(key);
  if (known) return known;
  const loading = load();
  cache.set(key, loading);
  loading.catch(() => {
    if (cache.peek(key) === loading) cache.delete(key);
  });
  return loading;
}

/** Network errors carry a text code, or none at all; refusals by KMS carry a gRPC number. */
function isPassing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code !== 'number' || PASSING.has(code);
}

function versionOf(name: string | null | undefined): string {
  const version = /\/cryptoKeyVersions\/(\d+)$/.exec(name ?? '')?.[1];
  if (!version) throw new Error('Cloud KMS did not name the key version it used.');
  return version;
}

function toBytes(value: Uint8Array | string | null | undefined): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'base64');
  return value ?? new Uint8Array();
}

function checkCrc(data: Uint8Array, claimed: unknown): void {
  if (Number(claimed ?? Number.NaN) !== crc32c(data))
    throw new Error('An answer of Cloud KMS arrived damaged.');
}
