import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FixedClock } from '@/core/time/clock';
import { grant, NO_TOKENS } from '@/features/tokens/balance';
import { OwnerLanes } from '@/features/tokens/owner-lanes';
import { TokenRefresh } from '@/features/tokens/refresh';
import { TokenRepository } from '@/features/tokens/repository';
import { tokenBalanceModel } from '@/features/tokens/schema';
import { core } from '@/server/core';
import type { BenchRow } from './harness';

const OWNERS = 10_000;
/** What a scheduled call has. */
const LIMIT_SECONDS = 50;
const MEGABYTES = 256;

/** 10 000 owners due at once: one run as the daily task makes it, then a second one, which has nothing to do. */
export async function run(): Promise<BenchRow[]> {
  const opened = new Date('2001-01-31T12:00:00Z');
  const clock = new FixedClock(opened);
  const repository = new TokenRepository(core.db, core.outbox, clock);
  const lanes = new OwnerLanes(
    (ownerId, commands) => repository.post(ownerId, commands),
    Math.random,
    (milliseconds) => sleep(milliseconds),
  );
  await open(opened);
  clock.set('2001-03-01T02:15:00Z');
  const refresh = new TokenRefresh(repository, lanes, clock);
  const limits = { until: new Date(clock.now().getTime() + 3600_000), signal: new AbortController().signal };
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  const first = await refresh.run(limits);
  clearInterval(watch);
  const second = await refresh.run(limits);
  const facts = { owners: OWNERS, refreshed: first.refreshed, failed: first.failed };
  const seconds = first.durationMs / 1000;
  const growth = Math.round((peak - before) / 2 ** 20);
  return [
    row('refresh of 10 000 owners', 's', seconds, LIMIT_SECONDS, facts, first.refreshed === OWNERS),
    row('memory it takes on top', 'MB', growth, MEGABYTES, facts, true),
    row('owners a second run finds', 'owners', second.due, 0, facts, true),
  ];
}

function row(
  name: string,
  unit: string,
  value: number,
  target: number,
  facts: Record<string, number>,
  complete: boolean,
): BenchRow {
  return { name, unit, value, target, pass: complete && value <= target, facts };
}

async function open(at: Date): Promise<void> {
  const writer = core.db.firestore.bulkWriter({ throttling: false });
  for (let index = 0; index < OWNERS; index += 1) {
    const organizationId = randomUUID();
    void writer.create(core.db.doc(tokenBalanceModel, `org_${organizationId}`), {
      userId: null,
      organizationId,
      tier: 'free',
      seats: 1,
      pending: null,
      ...grant(NO_TOKENS, 50),
      lastRefreshDate: at,
      nextRefreshDate: new Date('2001-02-28T12:00:00Z'),
      billingCycleStartDate: at,
      subscriptionStartDate: at,
      version: 0,
      warnedFor: null,
      depletedFor: null,
      id: '',
      createdAt: at,
      updatedAt: at,
    });
  }
  await writer.close();
}
