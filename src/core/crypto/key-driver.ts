/** A key for AES-256: 32 bytes. */
export const KEY_BYTES = 32;

export interface DataKey {
  /** Names the key inside the payload, after the `v`. No colon. */
  keyId: string;
  key: Uint8Array;
}

/** Where data keys come from. The master key never leaves the driver. */
export interface KeyDriver {
  /** The key to encrypt something of this context with now. */
  seal(context: string): Promise<DataKey>;
  /** The key that a stored payload names. @throws when it is unknown, revoked or belongs to another context. */
  open(keyId: string, context: string): Promise<Uint8Array>;
  /** Was this key id written by this driver? */
  owns(keyId: string): boolean;
  /** Is it of the newest master key? If not, the payload wants re-encryption. */
  isCurrent(keyId: string): Promise<boolean>;
}
