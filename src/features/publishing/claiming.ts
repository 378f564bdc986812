import { attemptOf, blocked, giveUp, type Moment } from './failing';
import { BLOCKED_TEXT, TEXT } from './reasons';
import type { Lane, Run } from './schema';
import { TERMINAL_STATUSES } from './states';
import { reminderDelayMs } from './timing';
import { announceBlock, type Change, isRootOut, type RunPatch, transition } from './transition';

export interface ClaimFacts {
  owner: string;
  account: Lane | null;
  app: Lane | null;
  /** A first post due this long ago is not sent without asking. Milliseconds. */
  lateLimit: number;
  /** It is prepared, and other posts of its account are being sent. */
  taken?: boolean;
}

export type ClaimDecision =
  /** Somebody else's, not due, or over: nothing is written. */
  | { kind: 'skip'; why: 'over' | 'leased' | 'early' | 'busy' }
  /** Written, but there is nothing to do now. */
  | { kind: 'rest'; change: Change }
  /** The lease is ours. */
  | { kind: 'claim'; change: Change; lost: boolean };

/** What taking this run now means. Pure; runs inside the claiming transaction. */
export function decideClaim(run: Run, facts: ClaimFacts, moment: Moment): ClaimDecision {
  const { now, timing } = moment;
  if (TERMINAL_STATUSES.has(run.status) || !run.nextActionAt) return { kind: 'skip', why: 'over' };
  if (run.leaseUntil && run.leaseUntil > now) return { kind: 'skip', why: 'leased' };
  if (run.nextActionAt > now) return { kind: 'skip', why: 'early' };
  if (facts.taken) return { kind: 'skip', why: 'busy' };
  if (run.status === 'pending_approval') {
    return { kind: 'rest', change: free(run, blocked(run, 'approval', moment)) };
  }
  if (run.status === 'blocked') return { kind: 'rest', change: free(run, stillBlocked(run, moment)) };
  const sending = run.status === 'scheduled' || run.status === 'preparing' || run.status === 'ready';
  if (sending && !isRootOut(run) && isLate(run, now, facts.lateLimit)) {
    return { kind: 'rest', change: free(run, blocked(run, 'late', moment)) };
  }
  const pause = sending ? pauseOf(facts, now) : null;
  if (pause) return { kind: 'rest', change: delayed(run, pause) };

  const leaseUntil = new Date(now.getTime() + timing.lease);
  const lease: RunPatch = {
    leaseOwner: facts.owner,
    leaseUntil,
    // The sweep finds the run again when its worker dies.
    nextActionAt: leaseUntil,
    fence: run.fence + 1,
    fixedAt: run.fixedAt ?? now,
  };
  if (run.status !== 'committing') {
    return { kind: 'claim', change: { patch: transition(run, 'claim', lease) }, lost: false };
  }
  const sentAt = run.commit?.sentAt ?? now;
  return {
    kind: 'claim',
    lost: true,
    change: {
      patch: transition(run, 'lease_lost', { ...lease, uncertain: true, looks: 0, phaseSince: now }),
      attempt: {
        ...attemptOf('commit', 'unknown', { ...moment, startedAt: sentAt }),
        errorClass: 'timeout',
        message: 'The worker ended while the network was being called.',
      },
    },
  };
}

/** A resting change also ends a lease that ran out. */
function free(run: Run, change: Change): Change {
  return { ...change, patch: { ...change.patch, leaseOwner: null, leaseUntil: null, fence: run.fence + 1 } };
}

function isLate(run: Run, now: Date, lateLimit: number): boolean {
  const since = Math.max(run.dueAt.getTime(), run.releasedAt?.getTime() ?? 0);
  return now.getTime() - since > lateLimit;
}

function pauseOf(facts: ClaimFacts, now: Date): Lane | null {
  const paused = [facts.account, facts.app].filter((lane): lane is Lane =>
    Boolean(lane?.pausedUntil && lane.pausedUntil > now),
  );
  paused.sort((a, b) => (b.pausedUntil?.getTime() ?? 0) - (a.pausedUntil?.getTime() ?? 0));
  return paused[0] ?? null;
}

function delayed(run: Run, lane: Lane): Change {
  const patch = transition(run, 'delay', {
    nextActionAt: lane.pausedUntil,
    lastErrorClass: lane.pausedReason === 'quota' ? 'quota' : 'rate_limit',
    lastError: 'Waiting because the network asked this channel to slow down.',
  });
  return free(run, { patch });
}

/** Reminds the person; after a month of silence the run ends. */
function stillBlocked(run: Run, moment: Moment): Change {
  const since = run.phaseSince ?? run.askedAt ?? moment.now;
  if (moment.now.getTime() - since.getTime() >= moment.timing.blocked) {
    const attempt = { ...attemptOf('prepare', 'failed', moment), message: TEXT.abandoned };
    return giveUp(run, attempt, { kind: run.lastErrorClass, text: TEXT.abandoned });
  }
  const reminders = run.reminders + 1;
  const reason = run.blockedReason ?? 'rules';
  return {
    patch: transition(run, 'block', {
      reminders,
      nextActionAt: new Date(moment.now.getTime() + reminderDelayMs(reminders, moment.timing)),
    }),
    announce: [announceBlock(run, reason, run.lastError ?? BLOCKED_TEXT[reason], reminders)],
  };
}
