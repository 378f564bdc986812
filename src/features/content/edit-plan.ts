import type { RunStatus } from '@/features/publishing/schema';
import { BEFORE_INTENT_STATUSES } from '@/features/publishing/states';
import type { PlannedRun } from './run-planner';
import type { ComposedContent } from './schema';
import { channelFingerprint } from './variant';

type KnownRun = Pick<PlannedRun, 'id' | 'connectionId' | 'status'>;

/** Nothing of these runs is out or on its way; they may be planned, changed and cancelled. */
const OPEN: ReadonlySet<string> = new Set<RunStatus>([...BEFORE_INTENT_STATUSES, 'failed']);
const GONE: ReadonlySet<string> = new Set<RunStatus>(['cancelled', 'deleted']);

/** Not sent and still wanted, or failed: may be changed. */
export function isOpen(run: Pick<PlannedRun, 'status'>): boolean {
  return OPEN.has(run.status);
}

/** Being sent, or out. */
export function isLocked(run: Pick<PlannedRun, 'status'>): boolean {
  return !OPEN.has(run.status) && !GONE.has(run.status);
}

export interface EditPlan<Run extends KnownRun> {
  /** Channels without a run that the post now has. */
  joined: string[];
  /** Runs whose channel the post no longer has. */
  left: Run[];
  /** Runs that would now send something else. */
  changed: Run[];
}

/** What an edit means for the runs of a post. Pure: compares what each channel would get before and after. */
export function planEdit<Run extends KnownRun>(
  before: ComposedContent,
  after: ComposedContent,
  runs: readonly Run[],
): EditPlan<Run> {
  const live = runs.filter((run) => !GONE.has(run.status));
  const had = new Set(before.channels.map((channel) => channel.connectionId));
  const has = new Set(after.channels.map((channel) => channel.connectionId));
  return {
    joined: [...has].filter((id) => !live.some((run) => run.connectionId === id)),
    left: live.filter((run) => !has.has(run.connectionId)),
    changed: live.filter(
      ({ connectionId }) =>
        has.has(connectionId) &&
        (!had.has(connectionId) ||
          channelFingerprint(before, connectionId) !== channelFingerprint(after, connectionId)),
    ),
  };
}
