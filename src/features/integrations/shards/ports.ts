import type { Tx } from '@/core/db/db';
import type { Expressions } from '../mapping/mapper';
import type { MappedRecord } from '../sync/mapped';
import type { ErasedRecord, RecordIdentity, RecordState, StoredRecord } from '../sync/records';
import type { ShardStep } from './plan';
import type { RelationRepository, ShardRepository } from './repository';

export interface ShardRecord extends StoredRecord {
  derivedFrom: string | null;
  mergedInto: string | null;
}

/** Where shards are kept; the CRM's room implements it. */
export interface ShardRecordStore {
  getIn(tx: Tx, ids: readonly string[]): Promise<(ShardRecord | null)[]>;
  writeIn(tx: Tx, identity: RecordIdentity, state: RecordState, known: StoredRecord | null): void;
  forgetErasedIn(tx: Tx, organizationId: string, erased: readonly ErasedRecord[]): Promise<() => void>;
}

export interface ShardEngineDeps {
  repository: ShardRepository;
  relations: Pick<RelationRepository, 'byId'>;
  records: ShardRecordStore;
  expressions: Expressions;
}

/** A record of the vendor's that is written now. */
export interface ShardedRecord {
  externalId: string;
  recordId: string;
  externalUrl: string | null;
  /** Null for one that is gone. */
  mapped: Pick<MappedRecord, 'updatedAt'> | null;
  erase: boolean;
}

/** A step, and whose it is. */
export type RecordStep = ShardStep & { of: ShardedRecord };
