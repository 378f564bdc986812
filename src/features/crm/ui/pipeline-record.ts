import type { DocOf } from '@/core/db/model';
import { dealOf, type PipelineDeal } from '../pipeline';
import type { crmRecordModel, RecordSync } from '../schema';

/** A deal or an opportunity as a board shows it. */
export interface PipelineRecord extends PipelineDeal {
  id: string;
  title: string;
  version: number;
  sync: RecordSync;
}

export function pipelineRecord({
  id,
  title,
  version,
  sync,
  fields,
}: DocOf<typeof crmRecordModel>): PipelineRecord {
  return { id, title, version, sync, ...dealOf(fields) };
}
