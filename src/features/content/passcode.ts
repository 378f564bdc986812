import 'server-only';
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const BYTES = 32;

function derive(passcode: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passcode.normalize('NFKC'), salt, BYTES, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** What a person chose gets a slow hash with a salt of its own: `salt:hash`, both base64url. */
export async function hashPasscode(passcode: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('base64url')}:${(await derive(passcode, salt)).toString('base64url')}`;
}

/** Compared in constant time. */
export async function isPasscode(passcode: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split(':');
  const expected = Buffer.from(hash, 'base64url');
  if (expected.length !== BYTES) return false;
  return timingSafeEqual(await derive(passcode, Buffer.from(salt, 'base64url')), expected);
}
