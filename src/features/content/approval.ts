import type { Connection } from '@/features/platforms/schema';
import type { Approval } from './schema';

/** Channels of a post that must not go out before somebody has approved its content. */
export function channelsToApprove(
  connections: readonly Pick<Connection, 'id' | 'settings'>[],
  organisationWide: boolean,
): Set<string> {
  return new Set(
    connections.filter(({ settings }) => organisationWide || settings.requiresApproval).map(({ id }) => id),
  );
}

/** Does this approval cover this content? */
export function isApproved(approval: Approval, hash: string): boolean {
  return approval.status === 'approved' && approval.hash === hash;
}

/**
 * The approval a post has after being planned or changed. Whoever may approve does so by planning; an approval of other content
 * is void.
 */
export function approvalAfter(
  before: Approval,
  facts: { hash: string; required: boolean; mayApprove: boolean; actorId: string; now: Date },
): Approval {
  if (isApproved(before, facts.hash)) return before;
  if (!facts.required) return { status: 'none' };
  if (facts.mayApprove) return { status: 'approved', hash: facts.hash, by: facts.actorId, at: facts.now };
  return { status: 'in_review', hash: facts.hash };
}
