import { addMonthsClamped, periodOf } from '@/core/time/periods';
import type { Command } from './commands';

/** More than this many missed periods are caught up in several transactions: a transaction has a largest size. */
const AT_ONCE = 100;

interface Cycle {
  ownerId: string;
  organizationId: string;
  /** The original anchor: the cycle's 31st stays the 31st, however many short months lie between. */
  billingCycleStartDate: Date;
  nextRefreshDate: Date;
}

/** One command for each period that has begun and was not granted yet, oldest first. The ledger key names the period for ever. */
export function dueRefreshes(cycle: Cycle, now: Date): Command[] {
  const { ownerId, organizationId, billingCycleStartDate: anchor } = cycle;
  const commands: Command[] = [];
  let start = cycle.nextRefreshDate;
  let index = periodOf(anchor, start).index;
  while (start <= now && commands.length < AT_ONCE) {
    index += 1;
    const end = addMonthsClamped(anchor, index);
    commands.push({
      kind: 'refresh',
      key: `grant:${ownerId}:${start.toISOString()}`,
      periodStart: start,
      periodEnd: end,
      userId: null,
      organizationId,
      metadata: { reason: 'period_start' },
    });
    start = end;
  }
  return commands;
}
