import 'server-only';
import type { Page } from '@/core/db/cursor';
import type { Db } from '@/core/db/db';
import { type Post, postModel } from '@/features/content/schema';
import { type Run, runModel } from '../schema';
import { CALENDAR_PAGE } from './schema';

export class CalendarRepository {
  constructor(readonly db: Db) {}

  /** Runs due in `[from, to)`, in order of time. */
  runs(
    organizationId: string,
    { from, to, cursor }: { from: Date; to: Date; cursor?: string | undefined },
  ): Promise<Page<Run>> {
    const query = this.db
      .collection(runModel)
      .where('organizationId', '==', organizationId)
      .where('dueAt', '>=', from)
      .where('dueAt', '<', to);
    const page = { limit: CALENDAR_PAGE, ...(cursor ? { cursor } : {}) };
    return this.db.page(query, page, { field: 'dueAt', direction: 'asc' });
  }

  /** One question, however many posts there are. */
  async posts(ids: readonly string[]): Promise<Map<string, Post>> {
    const found = await this.db.getAll([...new Set(ids)].map((id) => this.db.doc(postModel, id)));
    return new Map(found.flatMap((post) => (post ? [[post.id, post] as const] : [])));
  }
}
