import { customAlphabet } from 'nanoid';

/** Random ids, injected so that tests can fix them. Never sequential: sequential ids hot-spot Firestore and can be guessed. */
export interface Ids {
  /** 20 characters, URL-safe, ~119 bits. An optional prefix names the kind: `hold_…`. */
  next(prefix?: string): string;
  /** 256-bit secret, base62, for tokens that are later stored hashed. */
  secret(): string;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const short = customAlphabet(BASE62, 20);
const long = customAlphabet(BASE62, 43);

export const randomIds: Ids = {
  next: (prefix) => (prefix ? `${prefix}_${short()}` : short()),
  secret: () => long(),
};
