import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { Page, PageQuery } from '@/core/db/cursor';
import { type Db, type Doc, isAlreadyExists, type Ref } from '@/core/db/db';
import type { Model, NewDoc } from '@/core/db/model';
import { aiUsageLedgerModel, aiUsageModel, aiUsageRollupModel } from './model';

export type UsageRow = NewDoc<typeof aiUsageModel>;
export type UsageLedger = Doc<typeof aiUsageLedgerModel>;

/** What is added to one day of one member. */
export interface UsageDelta {
  requests: number;
  failures: number;
  inputTokens: number;
  outputTokens: number;
  costMicros: number;
}

export interface DayDeltas {
  organizationId: string;
  userId: string;
  /** UTC, `yyyy-mm-dd`. */
  day: string;
  byProvider: ReadonlyMap<string, UsageDelta>;
  byModel: ReadonlyMap<string, UsageDelta>;
  byTask: ReadonlyMap<string, UsageDelta>;
  total: UsageDelta;
}

const ROLLUP_KEEP_MS = 800 * 86_400_000;
const NO_DELTA: UsageDelta = { requests: 0, failures: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 };

/** Usage rows and the daily figures that are read from them. */
export class UsageRepository {
  constructor(readonly db: Db) {}

  /** Writing the same row twice writes it once. */
  async add(row: UsageRow): Promise<void> {
    try {
      await this.db.create(this.db.doc(aiUsageModel, rowId(row)), row);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  async addToDay(deltas: DayDeltas): Promise<void> {
    const { organizationId, userId, day } = deltas;
    const expiresAt = new Date(Date.parse(day) + ROLLUP_KEEP_MS);
    await Promise.all([
      merge(this.db.doc(aiUsageRollupModel, `${organizationId}_${day}`), {
        organizationId,
        day,
        expiresAt,
        total: increments(deltas.total, false),
        byProvider: incrementMap(deltas.byProvider, false),
        byTask: incrementMap(deltas.byTask, false),
      }),
      merge(this.db.doc(aiUsageLedgerModel, `${organizationId}_${userId}_${day}`), {
        organizationId,
        userId,
        day,
        expiresAt,
        total: increments(deltas.total, true),
        byProvider: incrementMap(deltas.byProvider, true),
        byModel: incrementMap(deltas.byModel, true),
        byTask: incrementMap(deltas.byTask, true),
      }),
    ]);
  }

  /** Days of an organisation or of one member in it, in bounded memory. Days are inclusive. */
  days(range: {
    organizationId: string;
    userId?: string;
    from: string;
    to: string;
  }): AsyncIterable<UsageLedger> {
    let query = this.db.collection(aiUsageLedgerModel).where('organizationId', '==', range.organizationId);
    if (range.userId) query = query.where('userId', '==', range.userId);
    return this.db.scan(query.where('day', '>=', range.from).where('day', '<=', range.to), {
      field: 'day',
      direction: 'asc',
    });
  }

  /** Calls of an organisation or of one member in it, newest first. */
  calls(
    of: { organizationId: string; userId?: string },
    page: PageQuery,
  ): Promise<Page<Doc<typeof aiUsageModel>>> {
    let query = this.db.collection(aiUsageModel).where('organizationId', '==', of.organizationId);
    if (of.userId) query = query.where('userId', '==', of.userId);
    return this.db.page(query, page, { field: 'createdAt' });
  }

  /** All rows of one execution. */
  async rowsOf(organizationId: string, requestId: string): Promise<Doc<typeof aiUsageModel>[]> {
    return this.db.find(
      this.db
        .collection(aiUsageModel)
        .where('organizationId', '==', organizationId)
        .where('requestId', '==', requestId)
        .limit(20),
    );
  }

  rowsBetween(organizationId: string, from: Date, to: Date): AsyncIterable<Doc<typeof aiUsageModel>> {
    return this.db.scan(
      this.db
        .collection(aiUsageModel)
        .where('organizationId', '==', organizationId)
        .where('createdAt', '>=', from)
        .where('createdAt', '<', to),
      { field: 'createdAt', direction: 'asc' },
    );
  }
}

export function rowId({ requestId, attempt }: Pick<UsageRow, 'requestId' | 'attempt'>): string {
  return `${requestId}_${attempt}`;
}

/** A merge of increments makes the document when it is missing, and never reads it: no two requests wait for each other. */
async function merge<M extends Model>(ref: Ref<M>, fields: Record<string, unknown>): Promise<void> {
  await ref
    .withConverter(null)
    .set(
      { ...fields, createdAt: FieldValue.serverTimestamp(), updatedAt: FieldValue.serverTimestamp() },
      { merge: true },
    );
}

function increments(delta: UsageDelta, withCost: boolean): Record<string, FieldValue> {
  const { costMicros, ...counts } = { ...NO_DELTA, ...delta };
  const fields = withCost ? { ...counts, costMicros } : counts;
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, FieldValue.increment(value)]));
}

function incrementMap(deltas: ReadonlyMap<string, UsageDelta>, withCost: boolean) {
  return Object.fromEntries([...deltas].map(([key, delta]) => [key, increments(delta, withCost)]));
}
