import 'server-only';
import { RateLimitedError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import type { QuotaAmounts, QuotaLimits } from './model';

/** Whose quota, and in which month. The user's own quota is claimed together with the organisation's. */
export interface QuotaScope {
  organizationId: string;
  userId: string;
  /** UTC month, `yyyy-mm`. */
  period: string;
}

export interface QuotaState {
  used: QuotaAmounts;
  held: QuotaAmounts;
}

/** Thresholds newly crossed by a settlement; `userId` null is the organisation's own quota. */
export interface Crossing {
  userId: string | null;
  percent: 50 | 80 | 100;
}

export interface ClaimRequest {
  requestId: string;
  scope: QuotaScope;
  amounts: QuotaAmounts;
  organizationLimits: QuotaLimits;
  memberLimits: QuotaLimits;
  /** When a claim nobody settled is given back. */
  dueAt: Date;
}

/** Keeps the counters. Claims are atomic; settling and releasing are idempotent by request id. */
export interface QuotaStore {
  /** Undefined when it fits; else whose quota is exhausted. */
  claim(request: ClaimRequest): Promise<'organization' | 'member' | undefined>;
  settle(requestId: string, scope: QuotaScope, used: QuotaAmounts, limits: SettleLimits): Promise<void>;
  release(requestId: string, scope: QuotaScope): Promise<void>;
  state(scope: QuotaScope): Promise<{ organization: QuotaState; member: QuotaState }>;
  /** Gives back claims that are overdue. @returns how many. */
  sweep(now: Date): Promise<number>;
}

export interface SettleLimits {
  organization: QuotaLimits;
  member: QuotaLimits;
}

export const NOTHING: QuotaAmounts = { tokens: 0, requests: 0, costMicros: 0 };
const KEYS = ['tokens', 'requests', 'costMicros'] as const;
/** Longer than the longest deadline of an execution, so that no running claim is swept. */
const CLAIM_MS = 10 * 60_000;
export const THRESHOLDS = [50, 80, 100] as const;

/** Ceilings per organisation, member and month: claimed before any work, settled with what it really took. */
export class QuotaService {
  constructor(
    readonly store: QuotaStore,
    readonly clock: Clock,
  ) {}

  /** @throws RateLimitedError `ai_quota_exceeded`; nothing is claimed then. */
  async claim(
    requestId: string,
    owner: { organizationId: string; userId: string },
    amounts: QuotaAmounts,
    limits: SettleLimits,
  ): Promise<QuotaClaim> {
    const now = this.clock.now();
    const scope = { ...owner, period: periodOf(now) };
    const exhausted = await this.store.claim({
      requestId,
      scope,
      amounts,
      organizationLimits: limits.organization,
      memberLimits: limits.member,
      dueAt: new Date(now.getTime() + CLAIM_MS),
    });
    if (exhausted) {
      const whose = exhausted === 'organization' ? 'Your organisation’s' : 'Your own';
      throw new RateLimitedError(
        `${whose} AI quota for this month is used up. It starts anew on the first; an admin can raise it.`,
        Math.max(1, Math.ceil((nextPeriod(now).getTime() - now.getTime()) / 1_000)),
        'ai_quota_exceeded',
      );
    }
    return {
      settle: (used) => this.store.settle(requestId, scope, used, limits),
      // Where nothing is limited nothing was claimed.
      release: async () => {
        if (hasLimit(limits.organization) || hasLimit(limits.member))
          await this.store.release(requestId, scope);
      },
    };
  }

  state(owner: { organizationId: string; userId: string }) {
    return this.store.state({ ...owner, period: periodOf(this.clock.now()) });
  }

  period(): { period: string; endsAt: Date } {
    const now = this.clock.now();
    return { period: periodOf(now), endsAt: nextPeriod(now) };
  }

  sweep(): Promise<number> {
    return this.store.sweep(this.clock.now());
  }
}

export interface QuotaClaim {
  settle(used: QuotaAmounts): Promise<void>;
  release(): Promise<void>;
}

export function periodOf(now: Date): string {
  return now.toISOString().slice(0, 7);
}

export function nextPeriod(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
}

/** Whether a claim fits beside what is used and held. */
export function fits(state: QuotaState, amounts: QuotaAmounts, limits: QuotaLimits): boolean {
  return KEYS.every((key) => {
    const limit = limits[key];
    return limit === null || state.used[key] + state.held[key] + amounts[key] <= limit;
  });
}

export function hasLimit(limits: QuotaLimits): boolean {
  return KEYS.some((key) => limits[key] !== null);
}

export function plus(a: QuotaAmounts, b: QuotaAmounts, sign: 1 | -1 = 1): QuotaAmounts {
  return {
    tokens: Math.max(0, a.tokens + sign * b.tokens),
    requests: Math.max(0, a.requests + sign * b.requests),
    costMicros: Math.max(0, a.costMicros + sign * b.costMicros),
  };
}

/** Thresholds at or below the fullest of the limited amounts that were not announced yet. */
export function crossed(
  used: QuotaAmounts,
  limits: QuotaLimits,
  alerted: readonly number[],
): (typeof THRESHOLDS)[number][] {
  let percent = 0;
  for (const key of KEYS) {
    const limit = limits[key];
    if (limit !== null) percent = Math.max(percent, (used[key] / limit) * 100);
  }
  return THRESHOLDS.filter((threshold) => percent >= threshold && !alerted.includes(threshold));
}

/** The tighter of two ceilings, each of which may be absent. */
export function tighter(a: QuotaLimits, b: QuotaLimits): QuotaLimits {
  const pick = (key: (typeof KEYS)[number]) => {
    const [one, other] = [a[key], b[key]];
    if (one === null) return other;
    return other === null ? one : Math.min(one, other);
  };
  return { tokens: pick('tokens'), requests: pick('requests'), costMicros: pick('costMicros') };
}
