import 'server-only';
import { FieldPath, type Timestamp } from 'firebase-admin/firestore';
import type { Page, PageQuery } from '@/core/db/cursor';
import { countReads, type Db, type Doc, isAlreadyExists, type Tx, type Version } from '@/core/db/db';
import { type NewDoc, pathOf, timestampsToDates } from '@/core/db/model';
import { NotFoundError, type SystemError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Clock } from '@/core/time/clock';
import { type Command, keyConflict, type NewEntry, type Outcome } from './commands';
import {
  type Balance,
  holdKey,
  LedgerTransaction,
  type LedgerWatcher,
  type Results,
} from './ledger-transaction';
import type { TaskType } from './prices';
import {
  type TransactionType,
  tokenBalanceModel,
  tokenHoldModel,
  tokenLeaseUseModel,
  tokenTransactionModel,
  tokenUsageMonthModel,
} from './schema';

export type LeasedHold = Doc<typeof tokenHoldModel>;
export type LeaseUse = Doc<typeof tokenLeaseUseModel>;
export type NewUse = NewDoc<typeof tokenLeaseUseModel>;

const MOST_USES = 400;

/** Reservations whose id says that they are leased blocks. */
export function isLeaseId(id: string): boolean {
  return id.startsWith('lease:');
}

export type LedgerEntry = Doc<typeof tokenTransactionModel>;
export type UsageMonth = Doc<typeof tokenUsageMonthModel>;

export interface EntryFilter {
  ownerId: string;
  type?: TransactionType;
  taskType?: TaskType;
  userId?: string;
  /** Inclusive. */
  from?: Date;
  /** Exclusive. */
  to?: Date;
}

export interface DueOwner {
  ownerId: string;
  nextRefreshDate: Timestamp;
  /** The balance as it was found. @throws ZodError where the document is not what it should be. */
  read(): Version<Balance>;
}

/** What to book on a balance, and what happens with it in the same transaction. */
export interface JointPlan<T> {
  commands: readonly Command[];
  /** Writes through the transaction it was made with; gets each command's outcome in order. */
  finish(outcomes: readonly Outcome[]): T;
}

/** Token balances, holds, the ledger and its sums in Firestore. */
export class TokenRepository {
  constructor(
    readonly db: Db,
    readonly outbox: Outbox,
    readonly clock: Clock,
    readonly watcher: LedgerWatcher | null = null,
  ) {}

  /**
   * Runs commands on one owner's balance in one transaction. Tried once: what to do on contention is the caller's.
   * @param known the balance as it was read already; the commit fails when it has changed since.
   * @throws NotFoundError when the owner has no balance.
   */
  async post(ownerId: string, commands: readonly Command[], known?: Version<Balance>): Promise<Results> {
    const run = (lookUpKeys: boolean) =>
      this.db.run((tx) => this.#ledger(tx, ownerId).run(commands, lookUpKeys, known), { attempts: 1 });
    const results = await run(false).catch((error: unknown) => {
      if (isAlreadyExists(error)) return run(true);
      throw error;
    });
    if (!results) throw new NotFoundError('This token balance');
    return results;
  }

  /**
   * Ledger commands together with documents of another room, in one transaction: all of it happens, or none.
   * Tried once: what to do on contention is the caller's.
   * @param plan reads what it needs through `tx`, and says what to book and what to write with it.
   * @throws the refusal of a command; NotFoundError when the owner has no balance.
   */
  async postWith<T>(ownerId: string, plan: (tx: Tx) => Promise<JointPlan<T>>): Promise<T> {
    const run = (lookUpKeys: boolean) =>
      this.db.run(
        async (tx) => {
          const { commands, finish } = await plan(tx);
          if (commands.length === 0) return finish([]);
          const results = await this.#ledger(tx, ownerId).run(commands, lookUpKeys);
          if (!results) throw new NotFoundError('This token balance');
          return finish(results.map(accepted));
        },
        { attempts: 1 },
      );
    return run(false).catch((error: unknown) => {
      if (isAlreadyExists(error)) return run(true);
      throw error;
    });
  }

  /** Owners whose next period has begun, oldest first. One that cannot be read must not hide the others. */
  async dueForRefresh(now: Date, limit: number, after: DueOwner | null): Promise<DueOwner[]> {
    const balances = this.db.firestore.collection(pathOf(tokenBalanceModel));
    let query = balances
      .where('nextRefreshDate', '<=', now)
      .orderBy('nextRefreshDate')
      .orderBy(FieldPath.documentId())
      .limit(limit);
    if (after) query = query.startAfter(after.nextRefreshDate, after.ownerId);
    const found = await query.get();
    countReads(Math.max(1, found.size));
    return found.docs.map((doc) => ({
      ownerId: doc.id,
      nextRefreshDate: doc.get('nextRefreshDate'),
      read() {
        const fields = timestampsToDates(doc.data()) as object;
        return {
          data: tokenBalanceModel.schema.parse({ ...fields, id: doc.id }),
          updateTime: doc.updateTime,
        };
      },
    }));
  }

  #ledger(tx: Tx, ownerId: string): LedgerTransaction {
    return new LedgerTransaction(this.db, this.outbox, tx, ownerId, this.clock.now(), this.watcher);
  }

  /** Creates a balance with its first entry; an existing one stays as it is. @returns whether it was created. */
  async open(ownerId: string, balance: NewDoc<typeof tokenBalanceModel>, first: NewEntry): Promise<boolean> {
    const ref = this.db.doc(tokenBalanceModel, ownerId);
    if (await this.db.get(ref)) return false;
    const { key, ...entry } = first;
    const opening = this.db.run(async (tx) => {
      tx.create(ref, balance);
      tx.create(this.db.doc(tokenTransactionModel, key), {
        ...entry,
        ownerId,
        timestamp: this.clock.now(),
        sequence: 1,
      });
      return true;
    });
    // Opened by somebody else between our look and our commit.
    return opening.catch((error: unknown) => {
      if (isAlreadyExists(error)) return false;
      throw error;
    });
  }

  balance(ownerId: string): Promise<Balance | null> {
    return this.db.get(this.db.doc(tokenBalanceModel, ownerId));
  }

  /** Whose balance a request reserved on: from the open hold, else from the ledger. Null when it never reserved. */
  async ownerOfRequest(requestId: string): Promise<string | null> {
    const hold = await this.db.get(this.db.doc(tokenHoldModel, requestId));
    if (hold) return hold.ownerId;
    const entry = await this.db.get(this.db.doc(tokenTransactionModel, holdKey(requestId)));
    return entry?.ownerId ?? null;
  }

  /** Holds that ran out, oldest first. */
  expiredHolds(now: Date, limit: number): Promise<Doc<typeof tokenHoldModel>[]> {
    return this.db.find(
      this.db.collection(tokenHoldModel).where('expiresAt', '<=', now).orderBy('expiresAt').limit(limit),
    );
  }

  // Leased blocks: see `leases.ts`

  /** @returns false when this request was charged before. @throws ConflictError when it was with another amount. */
  async addLeaseUse(requestId: string, use: NewUse): Promise<boolean> {
    const ref = this.db.doc(tokenLeaseUseModel, requestId);
    try {
      await this.db.create(ref, use);
      return true;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const known = await this.db.get(ref);
      if (known && known.actual !== use.actual) throw keyConflict();
      return false;
    }
  }

  removeLeaseUses(tx: Tx, uses: readonly LeaseUse[]): void {
    for (const use of uses) tx.delete(this.db.doc(tokenLeaseUseModel, use.id));
  }

  leaseUses(ownerId: string): Promise<LeaseUse[]> {
    return this.db.find(
      this.db.collection(tokenLeaseUseModel).where('ownerId', '==', ownerId).limit(MOST_USES),
    );
  }

  async leasedHolds(ownerId: string): Promise<LeasedHold[]> {
    const holds: LeasedHold[] = [];
    for await (const hold of this.holdsOf(ownerId)) if (isLeaseId(hold.id)) holds.push(hold);
    return holds;
  }

  /** Owners with blocks set aside or charges not booked yet; some of them where there are many. */
  async leasedOwners(): Promise<{ ownerId: string; organizationId: string }[]> {
    const [holds, uses] = await Promise.all([
      this.db.find(
        this.db
          .collection(tokenHoldModel)
          .orderBy(FieldPath.documentId())
          .startAt('lease:')
          .endBefore('lease;')
          .limit(MOST_USES),
      ),
      this.db.find(this.db.collection(tokenLeaseUseModel).orderBy('createdAt').limit(MOST_USES)),
    ]);
    const owners = new Map([...holds, ...uses].map((one) => [one.ownerId, one.organizationId]));
    return [...owners].map(([ownerId, organizationId]) => ({ ownerId, organizationId }));
  }

  entries(filter: EntryFilter, page: PageQuery): Promise<Page<LedgerEntry>> {
    return this.db.page(this.#entries(filter), page, { field: 'timestamp' });
  }

  /** Newest first, in bounded memory. */
  scanEntries(filter: EntryFilter): AsyncGenerator<LedgerEntry> {
    return this.db.scan(this.#entries(filter), { field: 'timestamp' });
  }

  /** In the order they happened. */
  ledgerOf(ownerId: string): AsyncGenerator<LedgerEntry> {
    const query = this.db.collection(tokenTransactionModel).where('ownerId', '==', ownerId);
    return this.db.scan(query, { field: 'sequence', direction: 'asc' });
  }

  /** Every balance, for the audit. */
  async *balances(): AsyncGenerator<Balance> {
    yield* this.db.scan(this.db.collection(tokenBalanceModel), { field: 'createdAt', direction: 'asc' });
  }

  holdsOf(ownerId: string): AsyncGenerator<Doc<typeof tokenHoldModel>> {
    const query = this.db.collection(tokenHoldModel).where('ownerId', '==', ownerId);
    return this.db.scan(query, { field: 'expiresAt', direction: 'asc' });
  }

  /** @param months `2026-03`; months without use are left out. */
  async usageMonths(ownerId: string, months: readonly string[]): Promise<UsageMonth[]> {
    const refs = months.map((month) => this.db.doc(tokenUsageMonthModel, `${ownerId}_${month}`));
    return (await this.db.getAll(refs)).filter((one) => one !== null);
  }

  #entries({ ownerId, type, taskType, userId, from, to }: EntryFilter) {
    let query = this.db.collection(tokenTransactionModel).where('ownerId', '==', ownerId);
    if (type) query = query.where('type', '==', type);
    if (taskType) query = query.where('taskType', '==', taskType);
    if (userId) query = query.where('userId', '==', userId);
    if (from) query = query.where('timestamp', '>=', from);
    if (to) query = query.where('timestamp', '<', to);
    return query;
  }
}

function accepted(result: Outcome | SystemError): Outcome {
  if (result instanceof Error) throw result;
  return result;
}
