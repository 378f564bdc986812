import 'server-only';
import type { Finding } from '@/features/platforms/finding-schema';
import { CLOSE_MS, neighbourFindings } from './neighbours';
import type { PostsRead } from './ports';
import type { PlannedRun, RunPlan } from './run-planner';
import { POST_STATUSES, type UnsavedPost } from './schema';
import type { References } from './validation';

/** What publishing knows of other posts' times. */
export interface RunsAround {
  /** Runs of the organisation due in `[from, to)`; at most a page of them. */
  dueBetween(organizationId: string, from: Date, to: Date): Promise<readonly PlannedRun[]>;
}

/** Posts whose words are compared; more would cost each planning more reads than the warning is worth. */
const COMPARED = 40;
const SHOWN = POST_STATUSES.filter((status) => status !== 'draft' && status !== 'deleted');

/** Looks at what stands around a post that is being planned. */
export class NeighbourFinder {
  constructor(
    readonly posts: PostsRead,
    readonly runs: RunsAround,
  ) {}

  /** Warnings only: two posts at nearly the same time, or with nearly the same words. */
  async findings(post: UnsavedPost, plans: readonly RunPlan[], references: References): Promise<Finding[]> {
    if (plans.length === 0) return [];
    const times = plans.map(({ dueAt }) => dueAt.getTime());
    const [runs, recent] = await Promise.all([
      this.runs.dueBetween(
        post.organizationId,
        new Date(Math.min(...times) - CLOSE_MS),
        new Date(Math.max(...times) + CLOSE_MS),
      ),
      this.posts.list(post.organizationId, { limit: COMPARED, status: SHOWN }, 'all'),
    ]);
    const channels = plans.flatMap(({ connectionId, dueAt }) => {
      const connection = references.connections.get(connectionId);
      return connection ? [{ connection, dueAt }] : [];
    });
    return neighbourFindings(
      { postId: post.id, content: post, channels },
      { runs: runs.filter(({ status }) => !GONE.has(status)), posts: recent.items },
    );
  }
}

const GONE = new Set(['cancelled', 'deleted', 'deleting', 'failed']);
