import { ConflictError, InsufficientTokensError, NotFoundError, type SystemError } from '@/core/errors';
import type { Tier } from '@/features/organizations/schema';
import {
  affordability,
  available,
  deltaOf,
  type Figures,
  grant,
  hold,
  includedLeft,
  purchase,
  refresh,
  refund,
  reinstate,
  release,
  settle,
} from './balance';
import type { TaskType } from './prices';
import type { TransactionMetadata, TransactionType } from './schema';
import { allocationOf } from './tiers.data';

/**
 * What can happen to a balance, decided without I/O: a command and the stored facts in, ledger entries and new figures out.
 * The repository runs any number of these in one transaction.
 */

interface Base {
  /** Name of the ledger entry, for ever: the same command twice posts once. */
  key: string;
  /** Who acts; null where nobody does. */
  userId: string | null;
  organizationId: string;
  metadata: TransactionMetadata;
}

export type Command = Base &
  (
    | { kind: 'reserve'; requestId: string; amount: number; taskType: TaskType; expiresAt: Date }
    | { kind: 'settle'; requestId: string; actual: number }
    /** A charge whose reservation was part of a leased block. */
    | { kind: 'charge'; requestId: string; actual: number; taskType: TaskType }
    /** `expiredBy`: the sweeper's; only a hold that ran out by then is given back. */
    | { kind: 'release'; requestId: string; expiredBy?: Date }
    /** `reinstate`: tokens that were taken back come again, as when a dispute is won. */
    | { kind: 'purchase' | 'refund' | 'reinstate' | 'grant'; amount: number }
    /** Begins the period that follows the stored one, on the plan that waits for it, if one does. */
    | { kind: 'refresh'; periodStart: Date; periodEnd: Date }
    /** A larger plan is in force at once and grants the rest of the period; a smaller one waits for the next. */
    | { kind: 'plan'; plan: Plan; at: Date }
  );

/** What an owner pays for. */
export interface Plan {
  tier: Tier;
  seats: number;
}

/** The part of a balance that says which plan it is on and in which period. */
export interface Account extends Plan {
  /** In force from the next period on. */
  pending: Plan | null;
  lastRefreshDate: Date;
  nextRefreshDate: Date;
}

/** The command's payload as text: the same key with another payload is a conflict. */
export function fingerprintOf(command: Command): string {
  switch (command.kind) {
    case 'reserve':
      return `reserve ${command.amount} ${command.taskType} ${command.userId} ${command.organizationId}`;
    case 'settle':
    case 'charge':
      return `settle ${command.actual}`;
    case 'release':
      return 'release';
    case 'refresh':
      return `refresh ${command.periodStart.toISOString()}`;
    case 'plan':
      return `plan ${command.plan.tier} ${command.plan.seats}`;
    default:
      return `${command.kind} ${command.amount}`;
  }
}

export interface StoredHold {
  amount: number;
  userId: string;
  organizationId: string;
  taskType: TaskType;
  expiresAt: Date;
}

/** The parts of a stored ledger entry that decisions and outcomes are made of. */
export interface StoredEntry {
  type: TransactionType;
  amount: number;
  userId: string | null;
  organizationId: string;
  taskType: TaskType | null;
  balanceAfter: number;
  delta: Figures;
  fingerprint: string;
}

export interface Facts {
  figures: Figures;
  account: Account;
  /** The open reservation of the command's request. */
  hold: StoredHold | null;
  /** The entry of the command's own key. Absent means "not looked up": creating it will tell. */
  posted?: StoredEntry | null;
  /** Looked up only for a settlement without an open hold: who had reserved, and what was charged already. */
  origin?: Origin | null;
  settled?: StoredEntry | null;
}

/** Whose reservation it was; known from the ledger once the hold is gone. */
export type Origin = Pick<StoredHold, 'userId' | 'organizationId' | 'taskType'>;

export interface NewEntry extends StoredEntry {
  key: string;
  metadata: TransactionMetadata;
}

/** What a command came to. */
export interface Outcome {
  /** Tokens reserved, charged, given back or added. */
  amount: number;
  /** What could be reserved right after it. */
  available: number;
  /** Debt it caused. */
  debt: number;
  /** True when this key had posted before: nothing was changed now. */
  replayed: boolean;
}

export type Decision =
  | {
      kind: 'post';
      figures: Figures;
      /** Where the plan or the period changed. */
      account?: Account;
      /** None where only the account changed. */
      entries: NewEntry[];
      hold: 'create' | 'delete' | 'keep';
      outcome: Outcome;
    }
  | { kind: 'nothing'; outcome: Outcome }
  | { kind: 'refuse'; error: SystemError };

export function decide(command: Command, facts: Facts): Decision {
  const fingerprint = fingerprintOf(command);
  if (facts.posted && command.kind !== 'refresh') {
    if (facts.posted.fingerprint !== fingerprint) return refuse(keyConflict());
    return { kind: 'nothing', outcome: { ...outcomeOf(facts.posted), replayed: true } };
  }
  switch (command.kind) {
    case 'reserve':
      return reserving(command, facts);
    case 'settle':
      return settling(command, facts);
    case 'charge': {
      const { figures } = facts;
      const after = settle(figures, 0, command.actual);
      return post(command, figures, after, 'usage', command.actual, command.taskType, 'keep');
    }
    case 'release':
      return releasing(command, facts);
    case 'refresh':
      return refreshing(command, facts);
    case 'purchase':
      return posting(command, facts, 'purchase', purchase(facts.figures, command.amount));
    case 'refund':
      return posting(command, facts, 'refund', refund(facts.figures, command.amount));
    case 'reinstate':
      return posting(command, facts, 'adjustment', reinstate(facts.figures, command.amount));
    case 'grant':
      return posting(command, facts, 'grant', grant(facts.figures, command.amount));
    case 'plan':
      return planning(command, facts);
  }
}

/** The same key with another payload. */
export function keyConflict(): ConflictError {
  return new ConflictError(
    'This operation was recorded before with other figures. Use a new request id.',
    'idempotency_conflict',
  );
}

export function outcomeOf(entry: StoredEntry): Outcome {
  return {
    amount: entry.amount,
    available: entry.balanceAfter,
    debt: Math.max(0, entry.delta.debtTokens),
    replayed: false,
  };
}

const refuse = (error: SystemError): Decision => ({ kind: 'refuse', error });

type Of<K extends Command['kind']> = Extract<Command, { kind: K }>;

function reserving(command: Of<'reserve'>, facts: Facts): Decision {
  const { figures } = facts;
  const verdict = affordability(figures, command.amount);
  if (verdict !== 'enough') {
    return refuse(
      new InsufficientTokensError(
        {
          available: available(figures),
          needed: command.amount,
          held: figures.heldTokens,
          nextRefreshDate: facts.account.nextRefreshDate,
        },
        verdict === 'held' ? 'tokens_held' : 'insufficient_tokens',
      ),
    );
  }
  const after = hold(figures, command.amount);
  return post(command, figures, after, 'hold', command.amount, command.taskType, 'create');
}

function settling(command: Of<'settle'>, facts: Facts): Decision {
  if (facts.settled) {
    if (facts.settled.fingerprint !== fingerprintOf(command)) return refuse(keyConflict());
    return { kind: 'nothing', outcome: { ...outcomeOf(facts.settled), replayed: true } };
  }
  const origin = facts.hold ?? facts.origin;
  if (!origin) return refuse(new NotFoundError('This reservation'));
  const after = settle(facts.figures, facts.hold?.amount ?? 0, command.actual);
  const by = { ...command, userId: origin.userId, organizationId: origin.organizationId };
  return post(
    by,
    facts.figures,
    after,
    'usage',
    command.actual,
    origin.taskType,
    facts.hold ? 'delete' : 'keep',
  );
}

/** Giving back what is settled, released or was never reserved is no fault: callers release in a `finally`. */
function releasing(command: Of<'release'>, facts: Facts): Decision {
  const { hold: open, figures } = facts;
  const early = open && command.expiredBy && open.expiresAt > command.expiredBy;
  if (!open || early) {
    return {
      kind: 'nothing',
      outcome: { amount: 0, available: available(figures), debt: 0, replayed: !open },
    };
  }
  const by = { ...command, userId: open.userId, organizationId: open.organizationId };
  return post(by, figures, release(figures, open.amount), 'release', open.amount, open.taskType, 'delete');
}

/**
 * Two entries, so that the ledger says both what lapsed and what came. Only the period right after the stored one begins: a run
 * that comes twice or out of turn changes nothing.
 */
function refreshing(command: Of<'refresh'>, facts: Facts): Decision {
  const { figures: before, account } = facts;
  if (account.nextRefreshDate.getTime() !== command.periodStart.getTime()) return unchanged(before, true);
  const plan = account.pending ?? { tier: account.tier, seats: account.seats };
  const period = { lastRefreshDate: command.periodStart, nextRefreshDate: command.periodEnd };
  const next: Account = { ...plan, pending: null, ...period };
  // Granted already, although the dates say otherwise: they are put right, nothing is granted twice.
  if (facts.posted) return { ...accountOnly(before, next), outcome: outcomeOf(facts.posted) };
  const allocation = allocationOf(plan.tier, plan.seats);
  const lapsed = includedLeft(before);
  const emptied = { ...before, includedTokens: before.includedTokens - lapsed };
  const after = refresh(emptied, allocation);
  const arrival = entryOf(
    {
      ...command,
      metadata: { ...command.metadata, periodStart: command.periodStart, periodEnd: command.periodEnd },
    },
    emptied,
    after,
    'refresh',
    allocation,
    null,
  );
  const expiry = { ...command, key: `expiry:${command.key}` };
  const lapse = entryOf(expiry, before, emptied, 'expiry', lapsed, null);
  return {
    kind: 'post',
    figures: after,
    account: next,
    entries: lapsed > 0 ? [lapse, arrival] : [arrival],
    hold: 'keep',
    outcome: outcomeOf(arrival),
  };
}

/**
 * A plan in force never shrinks within its period, so the grants of a period add up to what its largest plan deserved: going up
 * and down again mints nothing.
 */
function planning(command: Of<'plan'>, facts: Facts): Decision {
  const { figures, account } = facts;
  const { plan } = command;
  const more = allocationOf(plan.tier, plan.seats) - allocationOf(account.tier, account.seats);
  if (more < 0) return accountOnly(figures, { ...account, pending: plan });
  const inForce: Account = { ...account, ...plan, pending: null };
  const amount = proratedGrant(more, account, command.at);
  if (amount === 0) return accountOnly(figures, inForce);
  const key = `grant:plan:${command.key}:${account.lastRefreshDate.toISOString()}:${plan.tier}x${plan.seats}`;
  const metadata = { reason: 'upgrade', ...command.metadata, periodEnd: account.nextRefreshDate };
  const entry = entryOf(
    { ...command, key, metadata },
    figures,
    grant(figures, amount),
    'grant',
    amount,
    null,
  );
  return {
    kind: 'post',
    figures: grant(figures, amount),
    account: inForce,
    entries: [entry],
    hold: 'keep',
    outcome: outcomeOf(entry),
  };
}

/** The share of `more` tokens a period that the rest of this period deserves: whole tokens, rounded down. */
export function proratedGrant(
  more: number,
  period: Pick<Account, 'lastRefreshDate' | 'nextRefreshDate'>,
  at: Date,
): number {
  const start = period.lastRefreshDate.getTime();
  const end = period.nextRefreshDate.getTime();
  const remaining = end - Math.min(end, Math.max(start, at.getTime()));
  // Exact integers: a double would round the product of large figures.
  return Number((BigInt(Math.max(0, more)) * BigInt(remaining)) / BigInt(end - start));
}

function accountOnly(figures: Figures, account: Account): Extract<Decision, { kind: 'post' }> {
  const outcome = { amount: 0, available: available(figures), debt: 0, replayed: false };
  return { kind: 'post', figures, account, entries: [], hold: 'keep', outcome };
}

function unchanged(figures: Figures, replayed: boolean): Decision {
  return { kind: 'nothing', outcome: { amount: 0, available: available(figures), debt: 0, replayed } };
}

function posting(
  command: Of<'purchase' | 'refund' | 'reinstate' | 'grant'>,
  facts: Facts,
  type: TransactionType,
  after: Figures,
): Decision {
  return post(command, facts.figures, after, type, command.amount, null, 'keep');
}

function post(
  command: Command,
  before: Figures,
  after: Figures,
  type: TransactionType,
  amount: number,
  taskType: TaskType | null,
  holdChange: 'create' | 'delete' | 'keep',
): Decision {
  const entry = entryOf(command, before, after, type, amount, taskType);
  return { kind: 'post', figures: after, entries: [entry], hold: holdChange, outcome: outcomeOf(entry) };
}

function entryOf(
  command: Command,
  before: Figures,
  after: Figures,
  type: TransactionType,
  amount: number,
  taskType: TaskType | null,
): NewEntry {
  const requestId = 'requestId' in command ? { requestId: command.requestId } : {};
  return {
    key: command.key,
    type,
    amount,
    userId: command.userId,
    organizationId: command.organizationId,
    taskType,
    balanceAfter: available(after),
    delta: deltaOf(before, after),
    fingerprint: fingerprintOf(command),
    metadata: { ...command.metadata, ...requestId },
  };
}
