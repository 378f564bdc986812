import 'server-only';
import { z } from 'zod';
import type { Db, Doc } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import type { AlertFacts } from './alert-rules';
import { ALERT_FACTS } from './alerts.data';

/** What one process counted since its last report. */
export const alertSampleModel = defineModel('alert_samples', {
  at: z.date(),
  facts: z.partialRecord(z.enum(ALERT_FACTS), z.number()),
  expiresAt: z.date(),
});

/** Where a rule stands; the id is the rule's. */
export const alertStateModel = defineModel('alert_states', {
  firing: z.boolean(),
  value: z.number().nullable(),
  since: z.date(),
  /** When people were last told that it fires. */
  toldAt: z.date().nullable(),
});
export type AlertState = Doc<typeof alertStateModel>;

const KEEP_MS = 24 * 3600_000;
/** Processes that report within one window; more than this many samples add nothing to a share. */
const MAX_SAMPLES = 1_000;

export class AlertRepository {
  constructor(readonly db: Db) {}

  async addSample(id: string, at: Date, facts: AlertFacts): Promise<void> {
    const expiresAt = new Date(at.getTime() + KEEP_MS);
    await this.db.create(this.db.doc(alertSampleModel, id), { at, facts, expiresAt });
  }

  async samplesSince(since: Date): Promise<AlertFacts[]> {
    const query = this.db
      .collection(alertSampleModel)
      .where('at', '>', since)
      .orderBy('at')
      .limit(MAX_SAMPLES);
    return (await this.db.find(query)).map(({ facts }) => facts);
  }

  async states(): Promise<Map<string, AlertState>> {
    const states = await this.db.find(this.db.collection(alertStateModel).limit(100));
    return new Map(states.map((state) => [state.id, state]));
  }

  async saveState(ruleId: string, state: Omit<AlertState, 'id' | 'createdAt' | 'updatedAt'>): Promise<void> {
    await this.db.set(this.db.doc(alertStateModel, ruleId), state);
  }
}
