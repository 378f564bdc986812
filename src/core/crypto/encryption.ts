import 'server-only';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ServiceUnavailableError, SystemError } from '@/core/errors';
import type { KeyDriver } from './key-driver';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** `v{key}:{nonce}:{ciphertext}:{tag}`, the last three base64url. */
const PAYLOAD = /^v([\w.-]+):([\w-]{16}):([\w-]*):([\w-]{22})$/;

/** A stored secret that cannot be read: damaged, moved to another record, or its key is gone. Never retried, always alerted. */
export class UndecryptableError extends SystemError {
  constructor(reason: string, cause?: unknown) {
    super('A stored secret can no longer be read. Connect the account it belongs to again.', 'internal', {
      severity: 'critical',
      context: { reason },
      cause,
    });
  }
}

/**
 * Envelope encryption, AES-256-GCM. Every value is bound to its context (`platform_{platform}_{ownerId}`): copied to another
 * owner's record it does not open. There is no plaintext pass-through.
 */
export class EncryptionService {
  readonly #drivers: readonly KeyDriver[];

  /**
   * @param current encrypts everything new.
   * @param previous still decrypt what they wrote: for a move from one kind of key to another.
   */
  constructor(
    readonly current: KeyDriver,
    previous: readonly KeyDriver[] = [],
  ) {
    this.#drivers = [current, ...previous];
  }

  /** @returns `v{key}:{nonce}:{ciphertext}:{tag}` */
  async encrypt(plaintext: string, context: string): Promise<string> {
    const { keyId, key } = await this.current.seal(context);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(keyId, context));
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    return `v${keyId}:${[nonce, ciphertext, cipher.getAuthTag()].map(encode).join(':')}`;
  }

  /**
   * @throws UndecryptableError for anything that `encrypt` did not make for this very context.
   * @throws ServiceUnavailableError while the key service is away.
   */
  async decrypt(payload: string, context: string): Promise<string> {
    const { keyId, nonce, ciphertext, tag } = parse(payload);
    const driver = this.#drivers.find((candidate) => candidate.owns(keyId));
    if (!driver) throw new UndecryptableError(`no key driver knows key ${keyId.slice(0, 12)}`);
    try {
      const key = await driver.open(keyId, context);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(associatedData(keyId, context));
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
    } catch (error) {
      if (error instanceof ServiceUnavailableError) throw error;
      throw new UndecryptableError('wrong key, wrong context or damaged payload', error);
    }
  }

  async encryptJson(value: unknown, context: string): Promise<string> {
    return this.encrypt(JSON.stringify(value), context);
  }

  /** The caller parses the result with its own schema. */
  async decryptJson(payload: string, context: string): Promise<unknown> {
    return JSON.parse(await this.decrypt(payload, context));
  }

  /** Was it written with anything but the newest key? */
  async needsRotation(payload: string): Promise<boolean> {
    const { keyId } = parse(payload);
    return !(this.current.owns(keyId) && (await this.current.isCurrent(keyId)));
  }

  /** The same secret under the newest key; the payload itself when it is already there. */
  async reencrypt(payload: string, context: string): Promise<string> {
    if (!(await this.needsRotation(payload))) return payload;
    return this.encrypt(await this.decrypt(payload, context), context);
  }
}

function parse(payload: string) {
  const match = PAYLOAD.exec(payload);
  const [, keyId = '', nonce = '', ciphertext = '', tag = ''] = match ?? [];
  const parts = { nonce: decode(nonce), ciphertext: decode(ciphertext), tag: decode(tag) };
  // Base64url has spare bits at its end; only the one spelling that we write is accepted.
  const canonical =
    encode(parts.nonce) === nonce && encode(parts.ciphertext) === ciphertext && encode(parts.tag) === tag;
  if (!match || !canonical) throw new UndecryptableError('not an encrypted payload');
  return { keyId, ...parts };
}

function associatedData(keyId: string, context: string): Buffer {
  return Buffer.from(`${keyId}\n${context}`, 'utf8');
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function decode(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
