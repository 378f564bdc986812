import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncryptionService, UndecryptableError } from './encryption';
import { LocalKeyRing } from './local-keys';
import { hmacSign, hmacVerify, safeEqual } from './secrets';

const service = new EncryptionService(new LocalKeyRing([{ version: 7, key: randomBytes(32) }]));
/** Any text there is; lone surrogates are none and have no UTF-8. */
const text = fc.string({ unit: 'binary', maxLength: 300 });
const context = fc.string({ minLength: 1, maxLength: 40 });

describe('encryption', () => {
  it('gives back exactly what went in, and never the same payload twice', () =>
    fc.assert(
      fc.asyncProperty(text, context, async (plaintext, where) => {
        const payload = await service.encrypt(plaintext, where);
        expect(payload).toMatch(/^v7:[\w-]+:[\w-]*:[\w-]+$/);
        expect(await service.decrypt(payload, where)).toBe(plaintext);
        expect(await service.encrypt(plaintext, where)).not.toBe(payload);
      }),
    ));

  it('refuses a payload with any one character changed', () =>
    fc.assert(
      fc.asyncProperty(text, fc.nat(), fc.constantFrom(...'AZaz09-_:.v'), async (plaintext, seed, other) => {
        const payload = await service.encrypt(plaintext, 'platform_x_org1');
        const at = seed % payload.length;
        fc.pre(payload[at] !== other);
        const tampered = payload.slice(0, at) + other + payload.slice(at + 1);
        await expect(service.decrypt(tampered, 'platform_x_org1')).rejects.toThrow(UndecryptableError);
      }),
      { numRuns: 500 },
    ));

  it('refuses every single flipped bit of nonce, ciphertext and tag', async () => {
    const payload = await service.encrypt('secret', 'c');
    const [version, ...parts] = payload.split(':');
    for (const [index, part] of parts.entries()) {
      const bytes = Buffer.from(part, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const copy = Buffer.from(bytes);
        copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const changed = parts.with(index, copy.toString('base64url'));
        await expect(service.decrypt([version, ...changed].join(':'), 'c')).rejects.toThrow(
          UndecryptableError,
        );
      }
    }
  });

  it('does not open in another context', () =>
    fc.assert(
      fc.asyncProperty(text, context, context, async (plaintext, where, elsewhere) => {
        fc.pre(where !== elsewhere);
        const payload = await service.encrypt(plaintext, where);
        await expect(service.decrypt(payload, elsewhere)).rejects.toThrow(UndecryptableError);
      }),
    ));

  it('never passes plaintext through', () =>
    fc.assert(
      fc.asyncProperty(text, async (plaintext) => {
        await expect(service.decrypt(plaintext, 'c')).rejects.toThrow(UndecryptableError);
      }),
    ));
});

describe('secrets', () => {
  it('safeEqual is equality', () =>
    fc.assert(
      fc.property(
        text,
        text,
        (a, b) => safeEqual(a, b) === Buffer.from(a).equals(Buffer.from(b)) && safeEqual(a, a),
      ),
    ));

  it('a signature verifies for its key and bytes only', () =>
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.constantFrom('hex', 'base64', 'base64url'),
        (key, data, other, encoding) => {
          const bytes = Buffer.from(data);
          const signature = hmacSign(key, bytes, encoding);
          expect(hmacVerify(key, bytes, signature, encoding)).toBe(true);
          expect(hmacVerify(key, other, signature, encoding)).toBe(Buffer.from(other).equals(bytes));
        },
      ),
    ));
});
