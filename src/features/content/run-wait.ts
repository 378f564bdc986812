import { setTimeout as pause } from 'node:timers/promises';
import type { RunStatus } from '@/features/publishing/schema';
import type { PlannedRun, RunPlanner } from './run-planner';

/** Something still happens by itself, soon. */
const MOVING: ReadonlySet<string> = new Set<RunStatus>([
  'scheduled',
  'preparing',
  'processing',
  'ready',
  'committing',
  'confirming',
  'deleting',
]);
const LOOK_EVERY_MS = 300;

/** Waits until no run of the post moves by itself any more, or the time is up; answers with the runs as they are then. */
export async function settledRuns(
  planner: Pick<RunPlanner, 'runsOf'>,
  post: { organizationId: string; id: string },
  seconds: number,
  signal: AbortSignal,
): Promise<PlannedRun[]> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    const runs = await planner.runsOf(post.organizationId, post.id);
    const left = until - performance.now();
    if (left <= 0 || signal.aborted || !runs.some((run) => MOVING.has(run.status))) return runs;
    await pause(Math.min(LOOK_EVERY_MS, left));
  }
}
