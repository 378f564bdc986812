import type { QuotaAmounts, QuotaLimits } from './model';
import { crossed, fits, hasLimit, NOTHING, plus, type SettleLimits } from './quota';

/** What happens to an organisation's quotas of one month, as data: many commands become one transaction. */
export type QuotaCommand =
  | {
      kind: 'claim';
      requestId: string;
      userId: string;
      amounts: QuotaAmounts;
      limits: SettleLimits;
      dueAt: Date;
    }
  | { kind: 'settle'; requestId: string; userId: string; used: QuotaAmounts; limits: SettleLimits }
  | { kind: 'release'; requestId: string; userId: string };

/** One counter: the organisation's own (`userId` null) or a member's. */
export interface Counter {
  used: QuotaAmounts;
  held: QuotaAmounts;
  alerted: readonly number[];
}

export interface Claim {
  userId: string;
  amounts: QuotaAmounts;
  status: 'open' | 'settled' | 'released';
  dueAt: Date;
}

/** Everything the commands of one batch look at. */
export interface QuotaWorld {
  organization: Counter;
  members: Map<string, Counter>;
  claims: Map<string, Claim>;
}

export type QuotaOutcome = 'organization' | 'member' | undefined;

export interface BatchResult {
  /** In the order of the commands. */
  outcomes: QuotaOutcome[];
  /** Counters that changed; null stands for the organisation's. */
  changed: Set<string | null>;
  changedClaims: Set<string>;
  crossings: { userId: string | null; percent: 50 | 80 | 100 }[];
}

export const EMPTY_COUNTER: Counter = { used: NOTHING, held: NOTHING, alerted: [] };

/** Applies commands one after the other, as if each had a transaction of its own. Changes `world`. */
export function applyCommands(world: QuotaWorld, commands: readonly QuotaCommand[]): BatchResult {
  const result: BatchResult = { outcomes: [], changed: new Set(), changedClaims: new Set(), crossings: [] };
  for (const command of commands) {
    if (command.kind === 'claim') result.outcomes.push(applyClaim(world, command, result));
    else {
      applyClose(world, command, result);
      result.outcomes.push(undefined);
    }
  }
  return result;
}

function applyClaim(
  world: QuotaWorld,
  command: Extract<QuotaCommand, { kind: 'claim' }>,
  result: BatchResult,
): QuotaOutcome {
  const { requestId, userId, amounts, limits, dueAt } = command;
  if (world.claims.has(requestId)) return undefined;
  const member = world.members.get(userId) ?? EMPTY_COUNTER;
  if (!fits(world.organization, amounts, limits.organization)) return 'organization';
  if (!fits(member, amounts, limits.member)) return 'member';
  world.claims.set(requestId, { userId, amounts, status: 'open', dueAt });
  result.changedClaims.add(requestId);
  hold(world, null, amounts, 1, result);
  hold(world, userId, amounts, 1, result);
  return undefined;
}

function applyClose(
  world: QuotaWorld,
  command: Exclude<QuotaCommand, { kind: 'claim' }>,
  result: BatchResult,
): void {
  const claim = world.claims.get(command.requestId);
  if (claim?.status !== 'open') return;
  world.claims.set(command.requestId, {
    ...claim,
    status: command.kind === 'settle' ? 'settled' : 'released',
  });
  result.changedClaims.add(command.requestId);
  hold(world, null, claim.amounts, -1, result);
  hold(world, claim.userId, claim.amounts, -1, result);
  if (command.kind !== 'settle') return;
  use(world, null, command.used, command.limits.organization, result);
  use(world, claim.userId, command.used, command.limits.member, result);
}

function hold(
  world: QuotaWorld,
  whose: string | null,
  amounts: QuotaAmounts,
  sign: 1 | -1,
  result: BatchResult,
): void {
  const counter = counterOf(world, whose);
  put(world, whose, { ...counter, held: plus(counter.held, amounts, sign) }, result);
}

function use(
  world: QuotaWorld,
  whose: string | null,
  amounts: QuotaAmounts,
  limits: QuotaLimits,
  result: BatchResult,
): void {
  const counter = counterOf(world, whose);
  const used = plus(counter.used, amounts);
  const percents = hasLimit(limits) ? crossed(used, limits, counter.alerted) : [];
  for (const percent of percents) result.crossings.push({ userId: whose, percent });
  put(world, whose, { ...counter, used, alerted: [...counter.alerted, ...percents] }, result);
}

function counterOf(world: QuotaWorld, whose: string | null): Counter {
  return whose === null ? world.organization : (world.members.get(whose) ?? EMPTY_COUNTER);
}

function put(world: QuotaWorld, whose: string | null, counter: Counter, result: BatchResult): void {
  if (whose === null) world.organization = counter;
  else world.members.set(whose, counter);
  result.changed.add(whose);
}
