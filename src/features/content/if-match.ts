import { ConflictError, ValidationError } from '@/core/errors';

/**
 * The version a caller read, from `If-Match: "3"` (or `3`).
 * @throws ValidationError when the header is missing or names no version.
 */
export function versionFrom(header: string | null): number {
  const match = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header?.trim() ?? '');
  if (!match) {
    throw ValidationError.at('header.If-Match', 'Send the version you read, for example If-Match: "3".');
  }
  return Number(match[1]);
}

/** @throws ConflictError `stale_version` with the version in force. */
export function requireVersion(current: { version: number }, expected: number): void {
  if (current.version !== expected) {
    throw new ConflictError(
      'Somebody changed this post since you opened it. Load the newest version, then apply your change again.',
      'stale_version',
      { details: { version: current.version } },
    );
  }
}
