import type { IntegrationType } from '../connections/schema';
import type { ChangeHint, VendorSession } from '../providers/types';

/** What a vendor's file does so that changes are heard as they happen. Nothing here names a vendor. */

export interface ChangeBatch {
  hints: readonly ChangeHint[];
  /** The place after it, to go on from; null where the vendor named none. */
  position: string | null;
}

export interface ListenOptions {
  signal: AbortSignal;
  /** Called once the vendor has accepted the token and the topic. */
  accepted(): void;
}

export interface ChangeConnection {
  /**
   * Batches in the vendor's order, until the vendor ends it or `signal` aborts. The vendor is asked for more only once a batch was
   * taken and the next one is wanted.
   * @param after the last batch's position; null begins with what happens from now on.
   * @throws FeedError
   */
  listen(entity: string, after: string | null, options: ListenOptions): AsyncIterable<ChangeBatch>;
  close(): void;
}

export interface ChangeFeed {
  /** Kinds of record whose changes the vendor tells of. */
  readonly entities: readonly string[];
  /** How long the vendor keeps changes for those who come back. */
  readonly keptMs: number;
  open(account: { accountId: string }, session: VendorSession): Promise<ChangeConnection>;
}

export type ChangeFeeds = ReadonlyMap<IntegrationType, ChangeFeed>;

export type FeedTrouble =
  /** The place is too old, or none of the vendor's. */
  | 'position_refused'
  /** The token was refused and another one is there now. */
  | 'renewed'
  /** A person must sign in again. */
  | 'signed_out'
  /** The account has no such feed, or this person may not listen to it. */
  | 'not_allowed'
  /** No more changes are delivered for now. */
  | 'allowance'
  | 'unreachable';

export class FeedError extends Error {
  constructor(
    readonly trouble: FeedTrouble,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'FeedError';
  }
}
