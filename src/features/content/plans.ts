import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Finding } from '@/features/platforms/finding-schema';
import { isLocked, planEdit } from './edit-plan';
import { postScheduled, postSubmitted } from './events';
import { eventFacts } from './post-shape';
import type { PlannedRun, RunPlan } from './run-planner';
import { dueOfChannel, PAST_TOLERANCE_MS, type PostDue } from './schedule';
import type { Post, UnsavedPost } from './schema';
import type { References } from './validation';
import { channelContentHash } from './variant';

/** What is to be stored, checked and ready: computed before the transaction, applied in it. */
export interface Prepared {
  post: UnsavedPost;
  references: References;
  /** Channels that must wait for approval. */
  unapproved: ReadonlySet<string>;
  warnings: Finding[];
}

export interface Edit {
  before: Post;
  /** Read in the transaction that will write the plans. */
  runs: readonly PlannedRun[];
  due: PostDue;
  /** A time was given with this edit. */
  timed: boolean;
  /** Plan only these; null = all. */
  only: readonly string[] | null;
  now: Date;
}

/**
 * Which channels an edit plans anew: with a new time all that are not on their way, else those that joined the post and those
 * whose approval the edit gave or took.
 * @throws ConflictError `too_late` when nothing is left to plan; ValidationError when a channel joins after the time has passed.
 */
export async function plansAfter(prepared: Prepared, edit: Edit): Promise<RunPlan[]> {
  const { post, unapproved } = prepared;
  const { before, runs, due, only } = edit;
  if (edit.timed) {
    const locked = new Set(runs.filter(isLocked).map((run) => run.connectionId));
    const wanted = (only ?? post.channelIds).filter((id) => !locked.has(id));
    if (wanted.length === 0 || only?.some((id) => locked.has(id))) {
      throw new ConflictError(
        'This is already out or on its way. To publish it again, make a copy of the post.',
        'too_late',
      );
    }
    return plansFor(prepared, wanted, due);
  }
  const { joined, changed } = planEdit(before, post, runs);
  if (joined.length > 0 && due.dueAt.getTime() < edit.now.getTime() - PAST_TOLERANCE_MS) {
    throw ValidationError.at(
      'body.schedule',
      'The time of this post has passed. Say when the added channel goes out.',
    );
  }
  const voided = changed.filter((run) => unapproved.has(run.connectionId) && run.status !== 'failed');
  const released = runs.filter(
    ({ status, connectionId }) =>
      status === 'pending_approval' &&
      post.channelIds.includes(connectionId) &&
      !unapproved.has(connectionId),
  );
  const again = [...voided, ...released].map((run) => run.connectionId);
  return plansFor(prepared, [...new Set([...joined, ...again])], due);
}

/** The plan of each of these channels for one due time. */
export function plansFor(
  { post, references, unapproved }: Prepared,
  connectionIds: readonly string[],
  due: PostDue,
): Promise<RunPlan[]> {
  return Promise.all(
    connectionIds.map(async (connectionId) => {
      const connection = references.connections.get(connectionId);
      if (!connection) throw new NotFoundError('This channel');
      return {
        connectionId,
        platform: connection.platform,
        ...dueOfChannel(due, connectionId),
        needsApproval: unapproved.has(connectionId),
        contentHash: await channelContentHash(post, connectionId),
      };
    }),
  );
}

/** Says what was planned, and what waits for somebody's approval. */
export function announcePlan(
  outbox: Outbox,
  tx: Tx,
  {
    post,
    actor,
    plans,
    submit,
  }: { post: UnsavedPost; actor: Actor; plans: readonly RunPlan[]; submit: boolean },
): void {
  const facts = eventFacts(post, actor);
  const [first] = plans;
  if (first) {
    const connectionIds = plans.map((plan) => plan.connectionId);
    outbox.append(tx, postScheduled, { ...facts, dueAt: first.dueAt, connectionIds });
  }
  const held = plans.some((plan) => plan.needsApproval);
  if (held || (submit && post.approval.status === 'in_review')) outbox.append(tx, postSubmitted, facts);
}
