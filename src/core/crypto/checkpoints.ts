import 'server-only';
import { z } from 'zod';
import type { Db } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import type { CheckpointStore } from './reencryption';

const checkpointModel = defineModel('cron_runs/reencryption/checkpoints', { afterId: z.string().nullable() });

/** Where re-encryption stopped, per store. */
export class CheckpointRepository implements CheckpointStore {
  constructor(readonly db: Db) {}

  async load(name: string): Promise<string | null> {
    return (await this.db.get(this.db.doc(checkpointModel, name)))?.afterId ?? null;
  }

  async save(name: string, afterId: string | null): Promise<void> {
    await this.db.set(this.db.doc(checkpointModel, name), { afterId });
  }
}
