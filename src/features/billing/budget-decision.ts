import type { BudgetSettings } from './schema';

/** What an organisation used in a month, in tokens. */
export interface MonthUse {
  total: number;
  byMember: Record<string, number>;
}

export interface Crossing {
  /** Null for the organisation's own budget. */
  memberId: string | null;
  percent: number;
  used: number;
  limit: number;
}

const ORGANIZATION = 'organization';

interface Scope {
  memberId: string | null;
  used: number;
  limit: number | null;
}

export function memberLimitOf(settings: BudgetSettings, memberId: string): number | null {
  const own = settings.memberLimits[memberId];
  return own === undefined ? settings.memberLimit : own;
}

function scopes(settings: BudgetSettings, use: MonthUse): Scope[] {
  const members = Object.entries(use.byMember).map(([memberId, used]) => ({
    memberId,
    used,
    limit: memberLimitOf(settings, memberId),
  }));
  return [{ memberId: null, used: use.total, limit: settings.organizationLimit }, ...members];
}

/**
 * Alert percentages crossed since the last announcement. One that jumps over several announces the highest.
 * @param announced highest percentage announced this month, by scope.
 */
export function crossings(
  settings: BudgetSettings,
  use: MonthUse,
  announced: Readonly<Record<string, number>>,
): { found: Crossing[]; announced: Record<string, number> } {
  const next = { ...announced };
  const found: Crossing[] = [];
  for (const { memberId, used, limit } of scopes(settings, use)) {
    if (limit === null) continue;
    const reached = settings.alertAt.findLast((percent) => used * 100 >= limit * percent);
    const scope = memberId ?? ORGANIZATION;
    if (reached === undefined || reached <= (next[scope] ?? 0)) continue;
    next[scope] = reached;
    found.push({ memberId, percent: reached, used, limit });
  }
  return { found, announced: next };
}

/** Whose budget forbids further work; undefined when there is none, or it only announces. */
export function exhausted(
  settings: BudgetSettings,
  use: MonthUse,
  memberId: string,
): 'organization' | 'member' | undefined {
  if (!settings.stopAtLimit) return undefined;
  if (settings.organizationLimit !== null && use.total >= settings.organizationLimit) return 'organization';
  const limit = memberLimitOf(settings, memberId);
  return limit !== null && (use.byMember[memberId] ?? 0) >= limit ? 'member' : undefined;
}
