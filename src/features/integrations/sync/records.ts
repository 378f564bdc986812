import type { Tx } from '@/core/db/db';
import type { RecordSync } from '@/features/crm/schema';
import type { IntegrationType } from '../connections/schema';
import type { FieldProvenance } from './provenance';

/** The place of each vendor's records. */
export interface RecordStores {
  of(type: IntegrationType): RecordStore;
}

/** Where synced records are kept: those of CRMs in the CRM's room, all others in `integration_data`. */
export interface RecordStore {
  getIn(tx: Tx, ids: readonly string[]): Promise<(StoredRecord | null)[]>;
  /** Writes a record whole. `known` as {@link getIn} gave it in the same transaction. */
  writeIn(tx: Tx, identity: RecordIdentity, state: RecordState, known: StoredRecord | null): void;
  /** New values on our side, or only how far the vendor has them. */
  changeIn(
    tx: Tx,
    record: StoredRecord,
    change: {
      stored?: Pick<StoredRecord, 'fields' | 'provenance'>;
      sync: RecordState['sync'];
      message?: string | null;
    },
  ): void;
  /**
   * Forgets what looking for duplicates and merging kept of what is erased at its vendor. Reads at once; what it gives back writes.
   */
  forgetErasedIn(tx: Tx, organizationId: string, erased: readonly ErasedRecord[]): Promise<() => void>;
  /** Of the records that {@link forget} takes next, those that took part in a merge. */
  mergedAmong(connectionId: string, limit: number): Promise<StoredRecord[]>;
  /** Notes that a record is at the vendor now, under this id. */
  linkedIn(tx: Tx, record: StoredRecord, at: { externalId: string; externalUrl: string | null }): void;
  /** Removes the records of a connection, at most `limit`. @returns how many there were. */
  forget(connectionId: string, limit: number): Promise<number>;
}

export interface ErasedRecord {
  /** The record of ours that the vendor's was before any merge. */
  recordId: string;
  /** Where others make that record too: which of them is erased. */
  linkId?: string;
}

export interface RecordIdentity {
  id: string;
  organizationId: string;
  connectionId: string;
  platform: string;
  entity: string;
  externalId: string;
  /** The record whose shard it is. */
  derivedFrom?: string | null;
  /** An activity's record, and when it happened. */
  relatedTo?: string | null;
  happenedAt?: Date | null;
}

/** A record's values. */
export interface RecordValues {
  fields: Record<string, unknown>;
  provenance: Record<string, FieldProvenance>;
  externalUrl: string | null;
  /** Records that it stands for since they were merged into it. */
  mergedFrom?: readonly string[];
}

export interface StoredRecord extends RecordValues {
  id: string;
  organizationId: string;
  entity: string;
  externalId: string;
  platform: string;
  title: string;
  version: number;
  status: 'active' | 'deleted' | 'merged';
  issues: RecordState['issues'];
  externalUpdatedAt: Date | null;
  sync: RecordSync;
}

export interface RecordState extends RecordValues {
  issues: readonly { field: string; message: string }[];
  deleted: boolean;
  externalUpdatedAt: Date | null;
  sync: RecordSync;
}
