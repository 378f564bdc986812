import 'server-only';
import { LRUCache } from 'lru-cache';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import { RateLimitedError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { monthKey } from '@/core/time/periods';
import { crossings, exhausted, type MonthUse } from './budget-decision';
import type { BudgetRepository } from './budget-repository';

import { type BudgetSettings, type BudgetsResponse, budgetSettingsSchema } from './schema';

export interface BudgetDeps {
  repository: BudgetRepository;
  /** What was used in a month, `2026-03`. */
  use(organizationId: string, month: string): Promise<MonthUse>;
  audit: AuditTrail;
  clock: Clock;
}

const NO_BUDGETS: BudgetSettings = budgetSettingsSchema.parse({ organizationLimit: null, memberLimit: null });
/** Another instance's change is seen after this long at the latest. */
const CACHE_MS = 15_000;

/**
 * What an organisation allows itself and each member in a month. Alerts go out when use crosses their percentages; where the
 * organisation wants it, work stops at 100 %. Work in progress still finishes, so a budget may be exceeded by what ran at once.
 */
export class BudgetService {
  static getInstance(): BudgetService {
    return singleton<BudgetService>('BudgetService');
  }

  readonly #known = new LRUCache<string, { settings: BudgetSettings | null }>({ max: 10_000, ttl: CACHE_MS });

  constructor(readonly deps: BudgetDeps) {}

  async get(actor: Actor): Promise<BudgetsResponse> {
    const month = monthKey(this.deps.clock.now());
    const [stored, use] = await Promise.all([
      this.deps.repository.budget(actor.organizationId),
      this.deps.use(actor.organizationId, month),
    ]);
    return {
      settings: stored ? budgetSettingsSchema.strip().parse(stored) : NO_BUDGETS,
      month,
      organizationUsed: use.total,
      memberUsed: use.byMember,
    };
  }

  async set(actor: Actor, settings: BudgetSettings): Promise<BudgetsResponse> {
    const { organizationId } = actor;
    await this.deps.repository.save(organizationId, settings, monthKey(this.deps.clock.now()), (tx) =>
      this.deps.audit.append(tx, actor, {
        action: 'billing.budgets_changed',
        target: { type: 'organization', id: organizationId, label: 'Token budgets' },
        facts: {
          organizationLimit: settings.organizationLimit,
          memberLimit: settings.memberLimit,
          stopAtLimit: settings.stopAtLimit,
        },
      }),
    );
    this.#known.delete(organizationId);
    await this.noticeUse(organizationId);
    return this.get(actor);
  }

  /**
   * Before work begins. Costs nothing where no budget stops anything.
   * @throws RateLimitedError `ai_quota_exceeded`, until the month is over.
   */
  async check(owner: { userId: string; organizationId: string }): Promise<void> {
    const settings = await this.#settings(owner.organizationId);
    if (!settings?.stopAtLimit) return;
    const now = this.deps.clock.now();
    const whose = exhausted(settings, await this.deps.use(owner.organizationId, monthKey(now)), owner.userId);
    if (!whose) return;
    const nextMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
    throw new RateLimitedError(
      `${whose === 'member' ? 'Your' : 'Your organisation’s'} token budget for this month is used up. It starts anew on the first; an admin can raise it.`,
      Math.ceil((nextMonth - now.getTime()) / 1000),
      'ai_quota_exceeded',
    );
  }

  /** After tokens were used: announces what was crossed, once. */
  async noticeUse(organizationId: string): Promise<void> {
    const settings = await this.#settings(organizationId);
    if (!settings) return;
    const month = monthKey(this.deps.clock.now());
    const use = await this.deps.use(organizationId, month);
    await this.deps.repository.announce(organizationId, month, (stored) => {
      const { found, announced } = crossings(stored, use, stored.month === month ? stored.announced : {});
      const alerts = found.map((one) => ({
        organizationId,
        ...one,
        month,
        stopped: stored.stopAtLimit && one.used >= one.limit,
      }));
      return { announced, alerts };
    });
  }

  async #settings(organizationId: string): Promise<BudgetSettings | null> {
    const known = this.#known.get(organizationId);
    if (known) return known.settings;
    const settings = await this.deps.repository.budget(organizationId);
    this.#known.set(organizationId, { settings });
    return settings;
  }
}
