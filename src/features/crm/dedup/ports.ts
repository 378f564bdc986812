import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';

/** What finding and merging duplicates needs of other rooms. */

/** A vendor's record that stands behind one of ours. */
export interface LinkFacts {
  id: string;
  recordId: string;
  /** Gone at the vendor. */
  deleted: boolean;
  /** Something is on its way to the vendor, or waits for a person's decision. */
  busy: boolean;
  /** Last agreed values. */
  base: Readonly<Record<string, unknown>>;
}

/** Which records of ours the vendors' belong to; the integrations' room implements it. */
export interface RecordLinks {
  /** Links of these records. */
  ofIn(tx: Tx, recordIds: readonly string[]): Promise<LinkFacts[]>;
  byIdIn(tx: Tx, ids: readonly string[]): Promise<LinkFacts[]>;
  /** What the vendor says of it goes to that record from now on. */
  moveIn(tx: Tx, linkId: string, recordId: string): void;
}

/** Which records belong together; the integrations' room implements it. */
export interface RecordRelations {
  /** Ends of relations go along with these links. Reads at once; what it gives back writes. */
  movedIn(tx: Tx, linkIds: readonly string[], from: string, to: string): Promise<() => void>;
}

/** Who decides: a person, or IriSync itself. */
export type Decider = Pick<Actor, 'organizationId' | 'userId' | 'displayName' | 'apiKeyId'>;
