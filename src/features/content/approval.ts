import type { Actor } from '@/core/auth/principal';
import { ConflictError } from '@/core/errors';
import type { Connection } from '@/features/platforms/schema';
import type { Approval, Post } from './schema';

type Guarded = Pick<Connection, 'id' | 'settings'>;

/**
 * Channels of a post that must not go out before somebody has approved its content, and those that would ask for it but let
 * this person publish without.
 */
export function channelsToApprove(
  connections: readonly Guarded[],
  organisationWide: boolean,
  actorId: string,
): { waiting: Set<string>; exempt: Set<string> } {
  const asking = connections.filter(({ settings }) => organisationWide || settings.requiresApproval);
  const trusts = ({ settings }: Guarded) => settings.approvalExempt.includes(actorId);
  return {
    waiting: new Set(asking.filter((one) => !trusts(one)).map(({ id }) => id)),
    exempt: new Set(asking.filter(trusts).map(({ id }) => id)),
  };
}

/** Channels an edit is about: of those that stay behind only the ones that wait for their time already. */
export function channelsConcerned(
  channelIds: readonly string[],
  locked: ReadonlySet<string>,
  edit: { only: readonly string[] | null; known: readonly { connectionId: string }[] } | null,
): string[] {
  return channelIds.filter(
    (id) =>
      !locked.has(id) &&
      (!edit?.only || edit.only.includes(id) || edit.known.some((run) => run.connectionId === id)),
  );
}

/** Does this approval cover this content? */
export function isApproved(approval: Approval, hash: string): boolean {
  return approval.status === 'approved' && approval.hash === hash;
}

export interface ApprovalFacts {
  hash: string;
  /** The post is planned: its channels will go out unless something holds them. */
  planned: boolean;
  /** Channels whose own rule is approval. */
  waiting: ReadonlySet<string>;
  exempt: ReadonlySet<string>;
  /** Every channel the post has now. */
  channelIds: readonly string[];
  /** The caller asks for a review with this very change. */
  submit: boolean;
  /** The caller says when this goes out, with this very change. */
  timed: boolean;
  actor: Pick<Actor, 'userId' | 'displayName' | 'permissions'>;
  now: Date;
}

/**
 * The approval a post has after being planned or changed. Whoever may approve does so by planning; an approval of other content
 * is void, and a review that somebody asked for goes on with the new content.
 */
export function approvalAfter(before: Approval, facts: ApprovalFacts): Approval {
  const { hash, planned, waiting, channelIds, actor } = facts;
  if (isApproved(before, hash)) return before;
  if (facts.submit) return { status: 'in_review', hash, asked: true, channels: [...channelIds] };
  const asked = before.asked === true && before.status !== 'none';
  const held = asked ? channelIds : channelIds.filter((id) => waiting.has(id));
  const exempt = channelIds.filter((id) => facts.exempt.has(id));
  const trusted = exempt.length > 0 ? { exempt } : {};
  if (!planned) return asked ? draftApproval(before, hash, channelIds) : { status: 'none' };
  if (held.length === 0) return exempt.length > 0 ? { status: 'none', hash, ...trusted } : { status: 'none' };
  if (actor.permissions.has('content.approve') && (facts.timed || !asked)) {
    return {
      status: 'approved',
      hash,
      by: actor.userId,
      via: 'member',
      at: facts.now,
      ...(actor.displayName ? { byName: actor.displayName } : {}),
      ...(asked ? { asked } : {}),
    };
  }
  return { status: 'in_review', hash, channels: [...held], ...trusted, ...(asked ? { asked } : {}) };
}

/** A draft somebody asked to have reviewed: the request stands, an approval of older words does not. */
function draftApproval(before: Approval, hash: string, channelIds: readonly string[]): Approval {
  if (before.status === 'approved') return { status: 'none' };
  return { ...before, channels: [...channelIds], ...(before.status === 'in_review' ? { hash } : {}) };
}

/** Which of these channels wait, given the approval their post has. */
export function unapprovedChannels(
  approval: Approval,
  hash: string,
  channelIds: readonly string[],
): Set<string> {
  if (isApproved(approval, hash)) return new Set();
  return new Set(channelIds.filter((id) => approval.channels?.includes(id)));
}

/**
 * @throws ConflictError `stale_version` when somebody decided about the post while it was being changed: their decision is not
 * overwritten.
 */
export function requireSameReview(current: Pick<Post, 'approval'>, read: Pick<Post, 'approval'>): void {
  const mark = ({ approval }: Pick<Post, 'approval'>) =>
    [approval.status, approval.hash, approval.at?.getTime(), approval.asked].join();
  if (mark(current) === mark(read)) return;
  throw new ConflictError(
    'Somebody approved this post or asked for changes at this very moment. Look at it again, then save.',
    'stale_version',
  );
}
