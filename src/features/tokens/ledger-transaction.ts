import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { Db, Doc, Tx, Version } from '@/core/db/db';
import { pathOf } from '@/core/db/model';
import type { SystemError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import { addMonthsClamped, dayKey, monthKey } from '@/core/time/periods';
import { type Alert, alertsDue } from './alerts';
import { available, type Figures } from './balance';
import {
  type Account,
  type Command,
  decide,
  type Facts,
  type NewEntry,
  type Origin,
  type Outcome,
  type Plan,
  type StoredEntry,
  type StoredHold,
} from './commands';
import { tokenDepleted, tokensRefreshed, tokenWarning } from './events';
import { tokenBalanceModel, tokenHoldModel, tokenTransactionModel, tokenUsageMonthModel } from './schema';

export type Balance = Doc<typeof tokenBalanceModel>;
type Transaction = Doc<typeof tokenTransactionModel>;
type Hold = Doc<typeof tokenHoldModel>;

/** Each command's own result, in order. A refusal touches no other command of the batch. */
export type Results = (Outcome | SystemError)[];

/** Hears of changes of the plan, in the same transaction (the organisation's own document follows it), and of use, after it. */
export interface LedgerWatcher {
  changed(tx: Tx, change: { organizationId: string; plan: Plan; previous: Plan; granted: number }): void;
  /** A smaller plan waits for the next period, or (null) no longer does. */
  scheduled(tx: Tx, change: { organizationId: string; pending: Plan | null; effectiveAt: Date }): void;
  /** Tokens were charged. */
  used(organizationId: string): void;
}

const KEEP_USAGE_MONTHS = 25;

/**
 * One Firestore transaction over one owner's balance: reads what its commands need, decides them one after the other on the
 * figures the one before left, and writes balance, entries, holds and the month's use together.
 *
 * It is optimistic: the reads take no locks, and the commit holds only if the balance is still the version that was read (every
 * change of an owner's holds and entries changes the balance too). A process that dies in the middle therefore blocks nobody;
 * with Firestore's own read locks its owner would wait until they time out.
 */
export class LedgerTransaction {
  readonly #posted = new Map<string, StoredEntry | null>();
  readonly #holds = new Map<string, StoredHold | null>();
  readonly #storedHolds = new Map<string, Version<Hold>>();
  readonly #origins = new Map<string, Origin | null>();

  constructor(
    readonly db: Db,
    readonly outbox: Outbox,
    readonly tx: Tx,
    readonly ownerId: string,
    readonly now: Date,
    readonly watcher: LedgerWatcher | null = null,
  ) {}

  /**
   * @param lookUpKeys reads every command's own entry beforehand. Without it a key that was used shows only when its `create`
   *   fails the commit, which saves a read on the common path; the caller then runs again with it.
   * @param known the balance, where it was read already.
   * @returns null when the owner has no balance yet.
   */
  async run(
    commands: readonly Command[],
    lookUpKeys: boolean,
    known?: Version<Balance>,
  ): Promise<Results | null> {
    const read = (await this.#read(commands, lookUpKeys, known)) ?? null;
    if (!read) return null;
    const balance = read.data;
    let figures: Figures = balance;
    let account: Account = balance;
    const entries: NewEntry[] = [];
    const results = commands.map((command) => {
      const decision = decide(command, this.#factsFor(command, figures, account));
      if (decision.kind === 'refuse') return decision.error;
      if (decision.kind === 'post') {
        figures = decision.figures;
        account = decision.account ?? account;
        entries.push(...decision.entries);
        for (const entry of decision.entries) this.#posted.set(entry.key, entry);
        this.#changeHold(command, decision.hold);
      }
      return decision.outcome;
    });
    if (entries.length > 0 || account !== balance) this.#write(read, figures, account, entries);
    return results;
  }

  async #read(
    commands: readonly Command[],
    lookUpKeys: boolean,
    known: Version<Balance> | undefined,
  ): Promise<Version<Balance> | null> {
    const holdIds = unique(commands.flatMap((one) => (resolvesHold(one) ? [one.requestId] : [])));
    const keys = lookUpKeys ? unique(commands.map((one) => one.key)) : [];
    if (known && holdIds.length === 0 && keys.length === 0) return known;
    const [balance, ...rest] = await this.db.getVersions<Balance | Hold | Transaction>([
      this.db.doc(tokenBalanceModel, this.ownerId),
      ...holdIds.map((id) => this.db.doc(tokenHoldModel, id)),
      ...keys.map((key) => this.db.doc(tokenTransactionModel, key)),
    ] as never[]);
    for (const [index, id] of holdIds.entries()) {
      const hold = (rest[index] ?? null) as Version<Hold> | null;
      this.#holds.set(id, hold?.data ?? null);
      if (hold) {
        this.#storedHolds.set(id, hold);
        this.#origins.set(id, hold.data);
      }
    }
    for (const [index, key] of keys.entries())
      this.#posted.set(key, (rest[holdIds.length + index]?.data ?? null) as Transaction | null);
    await this.#readHistory(commands);
    return (balance ?? null) as Version<Balance> | null;
  }

  /** A settlement whose hold is gone needs the ledger's word: reserved by whom, and charged before? */
  async #readHistory(commands: readonly Command[]): Promise<void> {
    const late = unique(
      commands.flatMap((one) =>
        one.kind === 'settle' && !this.#holds.get(one.requestId) ? [one.requestId] : [],
      ),
    );
    const found = await this.db.getAll(
      late
        .flatMap((id) => [holdKey(id), settleKey(id)])
        .map((key) => this.db.doc(tokenTransactionModel, key)),
    );
    for (const [index, id] of late.entries()) {
      const reserved = found[2 * index] ?? null;
      this.#origins.set(id, reserved && originOf(reserved));
      this.#posted.set(settleKey(id), found[2 * index + 1] ?? null);
    }
  }

  #factsFor(command: Command, figures: Figures, account: Account): Facts {
    const posted = this.#posted.get(command.key);
    const facts = { figures, account, ...(posted === undefined ? {} : { posted }) };
    if (!resolvesHold(command)) return { ...facts, hold: null };
    return {
      ...facts,
      hold: this.#holds.get(command.requestId) ?? null,
      origin: this.#origins.get(command.requestId) ?? null,
      settled: this.#posted.get(settleKey(command.requestId)) ?? null,
    };
  }

  #changeHold(command: Command, change: 'create' | 'delete' | 'keep'): void {
    if (change === 'delete' && resolvesHold(command)) {
      this.#holds.set(command.requestId, null);
      const ref = this.db.doc(tokenHoldModel, command.requestId);
      const stored = this.#storedHolds.get(command.requestId);
      if (stored) this.tx.deleteUnchanged(ref, stored);
      else this.tx.delete(ref);
    }
    if (change === 'create' && command.kind === 'reserve' && command.userId) {
      const { requestId, amount, userId, organizationId, taskType, expiresAt } = command;
      const hold = { amount, userId, organizationId, taskType, expiresAt };
      this.#holds.set(requestId, hold);
      this.#origins.set(requestId, hold);
      this.tx.create(this.db.doc(tokenHoldModel, requestId), { ...hold, ownerId: this.ownerId });
    }
  }

  #write(read: Version<Balance>, figures: Figures, account: Account, entries: readonly NewEntry[]): void {
    const balance = read.data;
    for (const [index, { key, ...entry }] of entries.entries()) {
      this.tx.create(this.db.doc(tokenTransactionModel, key), {
        ...entry,
        ownerId: this.ownerId,
        timestamp: this.now,
        sequence: balance.version + index + 1,
      });
    }
    const moved = account === balance ? {} : onlyAccount(account);
    const current = { ...balance, ...moved };
    const alerts = entries.some((entry) => entry.type === 'usage' || entry.type === 'refund')
      ? alertsDue(figures, current)
      : [];
    for (const alert of alerts) this.#announce(alert, current, figures);
    this.tx.updateUnchanged(this.db.doc(tokenBalanceModel, this.ownerId), read, {
      ...onlyFigures(figures),
      ...moved,
      version: balance.version + entries.length,
      ...(alerts.includes('warning') ? { warnedFor: current.nextRefreshDate } : {}),
      ...(alerts.includes('depleted') ? { depletedFor: current.nextRefreshDate } : {}),
    });
    this.#countUse(balance, entries);
    this.#confirmRefresh(current, figures, entries);
    this.#announcePlan(balance, account, entries);
  }

  #announcePlan(before: Balance, after: Account, entries: readonly NewEntry[]): void {
    const { organizationId } = before;
    const plan = { tier: after.tier, seats: after.seats };
    const previous = { tier: before.tier, seats: before.seats };
    if (!samePlan(plan, previous)) {
      const granted = entries.find((entry) => entry.key.startsWith('grant:plan:'))?.amount ?? 0;
      this.watcher?.changed(this.tx, { organizationId, plan, previous, granted });
      return;
    }
    if (!samePlan(after.pending, before.pending)) {
      const effectiveAt = after.nextRefreshDate;
      this.watcher?.scheduled(this.tx, { organizationId, pending: after.pending, effectiveAt });
    }
  }

  #confirmRefresh(balance: Balance, figures: Figures, entries: readonly NewEntry[]): void {
    const arrivals = entries.filter((entry) => entry.type === 'refresh');
    const last = arrivals.at(-1);
    if (!last) return;
    this.outbox.append(this.tx, tokensRefreshed, {
      ownerId: this.ownerId,
      userId: balance.userId,
      organizationId: balance.organizationId,
      allocation: last.amount,
      available: available(figures),
      purchased: figures.purchasedTokens,
      tier: balance.tier,
      periodStart: balance.lastRefreshDate,
      nextRefreshDate: balance.nextRefreshDate,
      periods: arrivals.length,
    });
  }

  #announce(alert: Alert, balance: Balance, figures: Figures): void {
    const facts = {
      ownerId: this.ownerId,
      userId: balance.userId,
      organizationId: balance.organizationId,
      used: figures.totalUsedTokens,
      total: figures.includedTokens + figures.purchasedTokens + figures.purchasedUsedThisPeriod,
      available: available(figures),
      nextRefreshDate: balance.nextRefreshDate,
    };
    if (alert === 'warning') this.outbox.append(this.tx, tokenWarning, { ...facts, percent: 80 });
    else this.outbox.append(this.tx, tokenDepleted, facts);
  }

  /** Adds to the month's sums without reading them; exact, because it commits with the entries. */
  #countUse(balance: Balance, entries: readonly NewEntry[]): void {
    const used = entries.filter((entry) => entry.type === 'usage' && entry.amount > 0);
    if (used.length === 0) return;
    this.tx.afterCommit(() => this.watcher?.used(balance.organizationId));
    const month = monthKey(this.now);
    const day = dayKey(this.now).slice(-2);
    const byMember = Object.entries(sums(used, (entry) => entry.userId));
    const ref = this.db.firestore.doc(`${pathOf(tokenUsageMonthModel)}/${this.ownerId}_${month}`);
    const monthStart = new Date(`${month}-01T00:00:00Z`);
    this.tx.raw.set(
      ref,
      {
        ownerId: this.ownerId,
        organizationId: balance.organizationId,
        month,
        days: {
          [day]: {
            total: FieldValue.increment(used.reduce((sum, entry) => sum + entry.amount, 0)),
            ...unlessEmpty({ byTask: sums(used, (entry) => entry.taskType) }),
            ...unlessEmpty({ byProvider: sums(used, (entry) => entry.metadata.provider) }),
          },
        },
        ...unlessEmpty({
          byMember: Object.fromEntries(byMember.map(([member, sum]) => [member, { [day]: sum }])),
        }),
        // The same on every merge: the document is made by whichever settlement of the month comes first.
        createdAt: monthStart,
        updatedAt: FieldValue.serverTimestamp(),
        expiresAt: addMonthsClamped(monthStart, KEEP_USAGE_MONTHS),
      },
      { merge: true },
    );
  }
}

/** Increments of the entries' amounts by name; entries without one are left out. */
function sums(
  entries: readonly NewEntry[],
  nameOf: (entry: NewEntry) => string | null | undefined,
): Record<string, FieldValue> {
  const out: Record<string, number> = {};
  for (const entry of entries) {
    const name = nameOf(entry);
    if (name) out[name] = (out[name] ?? 0) + entry.amount;
  }
  return Object.fromEntries(Object.entries(out).map(([name, sum]) => [name, FieldValue.increment(sum)]));
}

/** An empty map in a merge replaces what is stored, so it must not be written. */
function unlessEmpty<T extends Record<string, object>>(field: T): T | undefined {
  return Object.values(field).every((map) => Object.keys(map).length > 0) ? field : undefined;
}

export const holdKey = (requestId: string) => `hold:${requestId}`;
export const settleKey = (requestId: string) => `settle:${requestId}`;
export const releaseKey = (requestId: string) => `release:${requestId}`;

function resolvesHold(command: Command): command is Extract<Command, { kind: 'settle' | 'release' }> {
  return command.kind === 'settle' || command.kind === 'release';
}

function originOf(entry: StoredEntry): Origin | null {
  const { userId, organizationId, taskType } = entry;
  return userId && taskType ? { userId, organizationId, taskType } : null;
}

function onlyFigures(figures: Figures): Figures {
  const {
    includedTokens,
    purchasedTokens,
    totalUsedTokens,
    purchasedUsedThisPeriod,
    heldTokens,
    debtTokens,
  } = figures;
  return {
    includedTokens,
    purchasedTokens,
    totalUsedTokens,
    purchasedUsedThisPeriod,
    heldTokens,
    debtTokens,
  };
}

function samePlan(one: Plan | null, other: Plan | null): boolean {
  return one?.tier === other?.tier && one?.seats === other?.seats;
}

function onlyAccount({ tier, seats, pending, lastRefreshDate, nextRefreshDate }: Account): Account {
  return { tier, seats, pending, lastRefreshDate, nextRefreshDate };
}

const unique = (values: readonly string[]) => [...new Set(values)];
