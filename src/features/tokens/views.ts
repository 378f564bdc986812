import { dayKey } from '@/core/time/periods';
import { available, type Figures, includedLeft } from './balance';
import type { TaskType } from './prices';
import {
  type BalanceResponse,
  type HistoryItem,
  type PackagesResponse,
  signedAmount,
  type TransactionMetadata,
  type TransactionType,
  type UsageResponse,
} from './schema';
import { BASE_CURRENCY, CUSTOM_AMOUNT, TOKEN_PACKAGES } from './tiers.data';

/** Stored documents turned into what the API answers and the screens show. Pure, so the browser uses the same figures. */

interface BalanceFacts extends Figures {
  id: string;
  userId: string | null;
  lastRefreshDate: Date;
  nextRefreshDate: Date;
  tier: BalanceResponse['tier'];
}

export function balanceView(balance: BalanceFacts): BalanceResponse {
  return {
    ownerId: balance.id,
    pooled: balance.userId === null,
    available: available(balance),
    included: balance.includedTokens,
    includedLeft: includedLeft(balance),
    purchased: balance.purchasedTokens,
    held: balance.heldTokens,
    debt: balance.debtTokens,
    used: balance.totalUsedTokens,
    lastRefreshDate: balance.lastRefreshDate,
    nextRefreshDate: balance.nextRefreshDate,
    tier: balance.tier,
  };
}

export function historyItem(entry: {
  id: string;
  type: TransactionType;
  amount: number;
  taskType: TaskType | null;
  userId: string | null;
  timestamp: Date;
  balanceAfter: number;
  metadata: TransactionMetadata;
}): HistoryItem {
  const { id, type, amount, taskType, userId, timestamp, balanceAfter, metadata } = entry;
  return {
    id,
    type,
    amount,
    change: signedAmount(type, amount),
    taskType,
    userId,
    timestamp,
    balanceAfter,
    metadata,
  };
}

/** Days the burn rate looks back. */
export const BURN_DAYS = 14;
const DAY_MS = 24 * 3600_000;

interface UsageRow {
  day: string;
  total: number;
  byTask: Partial<Record<TaskType, number>>;
  byProvider: Record<string, number>;
  byMember: Record<string, number>;
}

interface UsageMonth {
  month: string;
  days: Record<string, Omit<UsageRow, 'day' | 'byMember'>>;
  byMember: Record<string, Record<string, number>>;
}

/** A stored month day by day. */
export function usageRows({ month, days, byMember }: UsageMonth): UsageRow[] {
  return Object.entries(days).map(([day, sums]) => ({
    day: `${month}-${day}`,
    ...sums,
    byMember: Object.fromEntries(
      Object.entries(byMember).flatMap(([member, perDay]) => (perDay[day] ? [[member, perDay[day]]] : [])),
    ),
  }));
}

export function monthTotals(months: readonly UsageMonth[]): {
  total: number;
  byMember: Record<string, number>;
} {
  const rows = months.flatMap(usageRows);
  return {
    total: rows.reduce((sum, row) => sum + row.total, 0),
    byMember: summed(rows.map((row) => row.byMember)),
  };
}

/**
 * Sums of the last `days` UTC days, today included.
 * @param scope.onlyMember hides what other members used in the split by member; totals stay the organisation's.
 */
export function usageReport(
  rows: readonly UsageRow[],
  scope: { now: Date; days: number; openedAt: Date; onlyMember: string | null },
): UsageResponse {
  const byDay = new Map(rows.map((row) => [row.day, row]));
  const range = Array.from({ length: scope.days }, (_, index) =>
    dayKey(new Date(scope.now.getTime() - (scope.days - 1 - index) * DAY_MS)),
  );
  const days = range.map((day) => {
    const row = byDay.get(day);
    return {
      day,
      total: row?.total ?? 0,
      byTask: row?.byTask ?? {},
      byProvider: row?.byProvider ?? {},
    };
  });
  const inRange = rows.filter((row) => range.includes(row.day));
  const byMember = summed(inRange.map((row) => row.byMember));
  return {
    from: range[0] ?? dayKey(scope.now),
    to: dayKey(scope.now),
    total: days.reduce((sum, day) => sum + day.total, 0),
    burnPerDay: burnPerDay(rows, scope.now, scope.openedAt),
    days,
    byTask: summed(inRange.map((row) => row.byTask)),
    byProvider: summed(inRange.map((row) => row.byProvider)),
    byMember:
      scope.onlyMember === null
        ? byMember
        : Object.fromEntries(Object.entries(byMember).filter(([member]) => member === scope.onlyMember)),
  };
}

/** Tokens a day over the last {@link BURN_DAYS}, or since the balance was opened where that is shorter. */
function burnPerDay(rows: readonly UsageRow[], now: Date, openedAt: Date): number {
  const since = dayKey(new Date(now.getTime() - (BURN_DAYS - 1) * DAY_MS));
  const used = rows.filter((row) => row.day >= since).reduce((sum, row) => sum + row.total, 0);
  const age = Math.ceil((now.getTime() - openedAt.getTime()) / DAY_MS);
  return used / Math.min(BURN_DAYS, Math.max(1, age));
}

/** Days until the balance is empty at this burn rate, rounded down; null when nothing is being used. */
export function daysLeft(availableTokens: number, burn: number): number | null {
  return burn > 0 ? Math.floor(availableTokens / burn) : null;
}

function summed<Name extends string>(
  rows: readonly Partial<Record<Name, number>>[],
): Partial<Record<Name, number>> & Record<string, number> {
  const out: Record<string, number> = {};
  for (const row of rows)
    for (const [name, value] of Object.entries<number | undefined>(row))
      out[name] = (out[name] ?? 0) + (value ?? 0);
  return out as Partial<Record<Name, number>> & Record<string, number>;
}

export function packagesView(purchases: PackagesResponse['purchases']): PackagesResponse {
  return {
    currency: BASE_CURRENCY,
    packages: TOKEN_PACKAGES.map((one) => ({ ...one, unitPrice: one.price / one.tokens })),
    custom: { ...CUSTOM_AMOUNT },
    purchases,
  };
}
