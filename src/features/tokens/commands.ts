import { ConflictError, InsufficientTokensError, NotFoundError, type SystemError } from '@/core/errors';
import {
  affordability,
  available,
  deltaOf,
  type Figures,
  grant,
  hold,
  includedLeft,
  netTokens,
  purchase,
  refresh,
  refund,
  release,
  settle,
  usedShare,
} from './balance';
import type { TaskType } from './prices';
import type { TransactionMetadata, TransactionType } from './schema';

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
    /** `expiredBy`: the sweeper's; only a hold that ran out by then is given back. */
    | { kind: 'release'; requestId: string; expiredBy?: Date }
    | { kind: 'purchase' | 'refund' | 'grant'; amount: number }
    | { kind: 'refresh'; allocation: number; periodStart: Date; periodEnd: Date }
  );

/** The command's payload as text: the same key with another payload is a conflict. */
export function fingerprintOf(command: Command): string {
  switch (command.kind) {
    case 'reserve':
      return `reserve ${command.amount} ${command.taskType} ${command.userId} ${command.organizationId}`;
    case 'settle':
      return `settle ${command.actual}`;
    case 'release':
      return 'release';
    case 'refresh':
      return `refresh ${command.periodStart.toISOString()}`;
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
  nextRefreshDate: Date;
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
      entries: NewEntry[];
      hold: 'create' | 'delete' | 'keep';
      outcome: Outcome;
    }
  | { kind: 'nothing'; outcome: Outcome }
  | { kind: 'refuse'; error: SystemError };

export function decide(command: Command, facts: Facts): Decision {
  const fingerprint = fingerprintOf(command);
  if (facts.posted) {
    if (facts.posted.fingerprint !== fingerprint) return refuse(keyConflict());
    return { kind: 'nothing', outcome: { ...outcomeOf(facts.posted), replayed: true } };
  }
  switch (command.kind) {
    case 'reserve':
      return reserving(command, facts);
    case 'settle':
      return settling(command, facts);
    case 'release':
      return releasing(command, facts);
    case 'refresh':
      return refreshing(command, facts);
    case 'purchase':
      return posting(command, facts, 'purchase', purchase(facts.figures, command.amount));
    case 'refund':
      return posting(command, facts, 'refund', refund(facts.figures, command.amount));
    case 'grant':
      return posting(command, facts, 'grant', grant(facts.figures, command.amount));
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
          nextRefreshDate: facts.nextRefreshDate,
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

/** Two entries, so that the ledger says both what lapsed and what came. */
function refreshing(command: Of<'refresh'>, facts: Facts): Decision {
  const before = facts.figures;
  const lapsed = includedLeft(before);
  const emptied = { ...before, includedTokens: before.includedTokens - lapsed };
  const after = refresh(emptied, command.allocation);
  const period = { periodStart: command.periodStart, periodEnd: command.periodEnd };
  const arrival = entryOf(
    { ...command, metadata: { ...command.metadata, ...period } },
    emptied,
    after,
    'refresh',
    command.allocation,
    null,
  );
  const lapse = entryOf(
    { ...command, key: `expiry:${command.key}` },
    before,
    emptied,
    'expiry',
    lapsed,
    null,
  );
  return {
    kind: 'post',
    figures: after,
    entries: lapsed > 0 ? [lapse, arrival] : [arrival],
    hold: 'keep',
    outcome: outcomeOf(arrival),
  };
}

function posting(
  command: Of<'purchase' | 'refund' | 'grant'>,
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

export type Alert = 'warning' | 'depleted';

const WARN_AT = 0.8;

/** Which announcements a change calls for: at 80 % and at 100 %, each once per period (named by its end). */
export function alertsDue(
  figures: Figures,
  sent: { nextRefreshDate: Date; warnedFor: Date | null; depletedFor: Date | null },
): Alert[] {
  const share = usedShare(figures);
  const same = (date: Date | null) => date?.getTime() === sent.nextRefreshDate.getTime();
  const due: Alert[] = [];
  if (share >= WARN_AT && !same(sent.warnedFor)) due.push('warning');
  if ((share >= 1 || (share > 0 && netTokens(figures) <= 0)) && !same(sent.depletedFor)) due.push('depleted');
  return due;
}
