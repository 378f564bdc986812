import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { sandboxAllowed } from '@/core/config/env';
import { afterResponse } from '@/core/http/after';
import { provide, singleton } from '@/core/singletons';
import { BudgetService } from '@/features/billing/budgets';
import { subscriptionChanged, subscriptionScheduled } from '@/features/billing/events';
import { planStep } from '@/features/billing/plan-step';
import type { OrganizationRepository } from '@/features/organizations/repository';
import type { Budgets, TokenAccounts } from '@/features/tokens/accounts';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { LeaseBlocks } from '@/features/tokens/lease-blocks';
import { TokenLeases } from '@/features/tokens/leases';
import { TokenLedger } from '@/features/tokens/ledger';
import type { LedgerWatcher } from '@/features/tokens/ledger-transaction';
import { OwnerLanes } from '@/features/tokens/owner-lanes';
import { TokenRefresh } from '@/features/tokens/refresh';
import { TokenRepository } from '@/features/tokens/repository';
import { pooledOwnerId } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '../core';

/** Tokens: balances, reservations and their ledger. */
/** The organisation's own document says which plan it is on: its limits follow at once. */
const watcher: LedgerWatcher = {
  changed(tx, { organizationId, plan, previous, granted }) {
    tx.update(singleton<OrganizationRepository>('OrganizationRepository').organizationRef(organizationId), {
      'billing.tier': plan.tier,
      'billing.seats': plan.seats,
    });
    core.outbox.append(tx, subscriptionChanged, {
      organizationId,
      change: planStep(previous, plan),
      ...plan,
      previousTier: previous.tier,
      previousSeats: previous.seats,
      tokensGranted: granted,
    });
  },
  scheduled(tx, { organizationId, pending, effectiveAt }) {
    core.outbox.append(tx, subscriptionScheduled, {
      organizationId,
      tier: pending?.tier ?? null,
      seats: pending?.seats ?? null,
      effectiveAt,
    });
  },
  used(organizationId) {
    afterResponse(() => BudgetService.getInstance().noticeUse(organizationId));
  },
};

provide('TokenRepository', () => new TokenRepository(core.db, core.outbox, core.clock, watcher));

/** A personal organisation spends its person's own balance; every other one pools. */
const accounts: TokenAccounts = {
  async accountOf(organizationId) {
    const found =
      await singleton<OrganizationRepository>('OrganizationRepository').organization(organizationId);
    if (!found) return null;
    return {
      ownerId: found.personalOf ?? pooledOwnerId(organizationId),
      userId: found.personalOf,
      organizationId,
      tier: found.billing.tier,
      seats: found.billing.seats,
    };
  },
};

const budgets: Budgets = { check: (owner) => BudgetService.getInstance().check(owner) };

const repository = () => singleton<TokenRepository>('TokenRepository');
const lanes = () => singleton<OwnerLanes>('OwnerLanes');

const leases = () => singleton<TokenLeases | null>('TokenLeases');

provide('TokenLeases', () => {
  const { redis, env, clock, ids } = core;
  if (!redis) return null;
  const settings = { abovePerSecond: env.TOKEN_LEASE_ABOVE, block: LEASE_BLOCK };
  return new TokenLeases(repository(), lanes(), new LeaseBlocks(redis), settings, clock, ids);
});
provide(
  'OwnerLanes',
  () =>
    new OwnerLanes(
      (ownerId, commands) => repository().post(ownerId, commands),
      Math.random,
      (milliseconds) => sleep(milliseconds),
    ),
);
provide(
  'TokenService',
  () =>
    new TokenService(repository(), lanes(), accounts, core.clock, budgets, leases(), () =>
      core.env.STRIPE_SECRET_KEY ? 'enabled' : sandboxAllowed(core.env) ? 'sandbox' : 'not_configured',
    ),
);
provide('TokenLedger', () => new TokenLedger(repository(), lanes(), TokenService.getInstance(), core.clock));
provide('TokenRefresh', () => new TokenRefresh(repository(), lanes(), core.clock));

provide('LedgerAudit', () => new LedgerAudit(singleton<TokenRepository>('TokenRepository')));

/** Every minute, before the holds: charges against leased blocks are booked, and the blocks given back. */
core.cron.on('outbox', 'tokens.fold_leases', async () => leases()?.sweep());

/** Every minute: what crashed work had reserved comes back soon after its hold ran out. */
core.cron.on('outbox', 'tokens.sweep_holds', async ({ until, signal }) => {
  const total = { due: 0, released: 0, failed: 0 };
  for (let found = 1; found > 0 && !signal.aborted && core.clock.now() < until; ) {
    const swept = await TokenService.getInstance().sweepHolds();
    total.due += swept.due;
    total.released += swept.released;
    total.failed += swept.failed;
    // Those that failed are still due; they wait for the next minute.
    found = swept.failed > 0 ? 0 : swept.due;
  }
  return total;
});

/** Tokens a hot owner sets aside at once: at the least price, a few seconds' work. */
const LEASE_BLOCK = 200;
const JOB_MS = 45_000;

/** Once a day; what the time limit leaves over is carried on by a job at once. */
async function refresh(limits: { until: Date; signal: AbortSignal }) {
  const { finished, ...counts } = await TokenRefresh.getInstance().run(limits);
  if (!finished && !limits.signal.aborted) {
    const slot = core.clock.now().toISOString().slice(0, 16);
    await core.jobs.enqueue({ type: 'tokens.refresh', payload: {}, idempotencyKey: `token_refresh_${slot}` });
  }
  return counts;
}

core.cron.on('token-refresh', 'tokens.refresh', refresh);
core.jobRegistry.register('tokens.refresh', z.object({}), ({ signal }) =>
  refresh({ until: new Date(core.clock.now().getTime() + JOB_MS), signal }),
);
