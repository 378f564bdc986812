import type { Tx } from '@/core/db/db';
import type { RecordKind, RecordSync } from '@/features/crm/schema';
import type { FieldProvenance } from './provenance';

/** Where synced records are kept; the CRM's room implements it. */
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
  /** Notes that a record is at the vendor now, under this id. */
  linkedIn(tx: Tx, record: StoredRecord, at: { externalId: string; externalUrl: string | null }): void;
  /** Removes the records of a connection, at most `limit`. @returns how many there were. */
  forget(connectionId: string, limit: number): Promise<number>;
}

export interface RecordIdentity {
  id: string;
  organizationId: string;
  connectionId: string;
  platform: string;
  entity: string;
  externalId: string;
}

/** A record's values. */
export interface RecordValues {
  fields: Record<string, unknown>;
  provenance: Record<string, FieldProvenance>;
  externalUrl: string | null;
}

export interface StoredRecord extends RecordValues {
  id: string;
  organizationId: string;
  entity: RecordKind;
  externalId: string;
  title: string;
  version: number;
}

export interface RecordState extends RecordValues {
  issues: readonly { field: string; message: string }[];
  deleted: boolean;
  externalUpdatedAt: Date | null;
  sync: RecordSync;
}
