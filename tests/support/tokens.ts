import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@/core/time/clock';
import { systemClock } from '@/core/time/clock';
import { OwnerLanes } from '@/features/tokens/owner-lanes';
import { TokenRepository } from '@/features/tokens/repository';
import { pooledOwnerId } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';

/** A token service on the emulator with its own lanes, as a process of its own would have; no organisation documents needed. */
export function tokenService(clock: Clock = systemClock): TokenService {
  const repository = new TokenRepository(core.db, core.outbox, clock);
  const lanes = new OwnerLanes(
    (ownerId, commands) => repository.post(ownerId, commands),
    Math.random,
    (milliseconds) => sleep(milliseconds),
  );
  const accounts = {
    accountOf: async (organizationId: string) => ({
      ownerId: pooledOwnerId(organizationId),
      userId: null,
      organizationId,
      tier: 'free' as const,
      seats: 1,
    }),
  };
  return new TokenService(repository, lanes, accounts, clock);
}

/** A fresh owner whose balance holds exactly that many tokens: the free tier's 50, topped up or used down through the ledger. */
export async function ownerWith(service: TokenService, tokens: number) {
  const owner = { userId: `u-${randomUUID()}`, organizationId: `o-${randomUUID()}` };
  await service.openAccount(owner);
  if (tokens > 50) await service.addPurchased(owner, tokens - 50, `purchase:${randomUUID()}`);
  if (tokens < 50) {
    const requestId = `setup-${randomUUID()}`;
    await service.reserve(requestId, owner, 50 - tokens, 'chat');
    await service.settle(requestId, 50 - tokens);
  }
  return owner;
}
