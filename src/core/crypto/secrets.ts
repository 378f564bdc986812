import 'server-only';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

type Data = string | Uint8Array;

export function sha256hex(data: Data): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * What is stored in place of a secret we handed out (API key, invitation, review link). A plain hash is right for these only
 * because they are random and long (256 bits); what a person chose needs a slow one.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update('irisync:secret:').update(secret).digest('base64url');
}

/** Compares in constant time, whatever the lengths: neither content nor length leaks through timing. */
export function safeEqual(a: Data, b: Data): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

export type DigestEncoding = 'hex' | 'base64' | 'base64url';

/** HMAC-SHA256 of exactly these bytes. */
export function hmacSign(key: Data, data: Data, encoding: DigestEncoding = 'hex'): string {
  return createHmac('sha256', key).update(data).digest(encoding);
}

/** @returns whether `signature` is the HMAC-SHA256 of the bytes, compared in constant time. */
export function hmacVerify(
  key: Data,
  data: Data,
  signature: string,
  encoding: DigestEncoding = 'hex',
): boolean {
  const expected = hmacSign(key, data, encoding);
  return safeEqual(expected, encoding === 'hex' ? signature.toLowerCase() : signature);
}
