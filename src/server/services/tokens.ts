import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { provide, singleton } from '@/core/singletons';
import type { OrganizationRepository } from '@/features/organizations/repository';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { OwnerLanes } from '@/features/tokens/owner-lanes';
import { TokenRepository } from '@/features/tokens/repository';
import { pooledOwnerId } from '@/features/tokens/schema';
import { type TokenAccounts, TokenService } from '@/features/tokens/service';
import { core } from '../core';

/** Tokens: balances, reservations and their ledger. */
provide('TokenRepository', () => new TokenRepository(core.db, core.outbox, core.clock));

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

provide('TokenService', () => {
  const repository = singleton<TokenRepository>('TokenRepository');
  const lanes = new OwnerLanes(
    (ownerId, commands) => repository.post(ownerId, commands),
    Math.random,
    (milliseconds) => sleep(milliseconds),
  );
  return new TokenService(repository, lanes, accounts, core.clock);
});

provide('LedgerAudit', () => new LedgerAudit(singleton<TokenRepository>('TokenRepository')));

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
