import type { PostStatus } from '@/features/content/schema';
import type { Run, RunStatus } from './schema';

const WAITING: ReadonlySet<RunStatus> = new Set(['pending_approval', 'scheduled']);
const ATTENTION: ReadonlySet<RunStatus> = new Set(['unconfirmed', 'blocked']);
const OUT: ReadonlySet<RunStatus> = new Set(['published', 'deleting']);

/**
 * What a post is called, given all its runs; undefined when it has none. Cancelled channels do not count beside others: a
 * post that went out on the channels it was left with is published.
 */
export function postStatusOf(runs: readonly Pick<Run, 'status'>[]): PostStatus | undefined {
  if (runs.length === 0) return undefined;
  const statuses = runs.map((run) => run.status);
  const all = (test: (status: RunStatus) => boolean) => statuses.every(test);
  const some = (test: (status: RunStatus) => boolean) => statuses.some(test);
  if (all((status) => status === 'cancelled')) return 'cancelled';
  if (some((status) => ATTENTION.has(status))) return 'attention';
  const counted = statuses.filter((status) => status !== 'cancelled');
  const every = (test: (status: RunStatus) => boolean) => counted.every(test);
  if (every((status) => WAITING.has(status))) return 'scheduled';
  if (every((status) => OUT.has(status))) return 'published';
  if (every((status) => status === 'deleted')) return 'deleted';
  if (every((status) => status === 'failed')) return 'failed';
  const over = every(
    (status) => OUT.has(status) || status === 'partial' || status === 'failed' || status === 'deleted',
  );
  return over ? 'partial' : 'publishing';
}

/** When the first run was out. */
export function firstPublishedAt(runs: readonly Pick<Run, 'publishedAt'>[]): Date | undefined {
  const times = runs.flatMap((run) => run.publishedAt?.getTime() ?? []);
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}
