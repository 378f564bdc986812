import 'server-only';
import type { Db } from '@/core/db/db';
import { ConflictError } from '@/core/errors';
import { type SaveLayout, type Widget, widgetsModel } from './schema';

/** Each person's dashboard layout, one document for each organisation they work in. */
export class DashboardRepository {
  constructor(readonly db: Db) {}

  async layout(
    organizationId: string,
    userId: string,
  ): Promise<{ widgets: Widget[]; version: number } | null> {
    const stored = await this.db.get(this.#ref(organizationId, userId));
    return stored && { widgets: stored.widgets, version: stored.version };
  }

  /** @throws ConflictError `stale_version` when it was saved since `version` was read. */
  save(organizationId: string, userId: string, { widgets, version }: SaveLayout): Promise<number> {
    const ref = this.#ref(organizationId, userId);
    return this.db.run(async (tx) => {
      const stored = await tx.get(ref);
      if ((stored?.version ?? 0) !== version)
        throw new ConflictError(
          'The dashboard was rearranged elsewhere. Load it again and repeat your change.',
          'stale_version',
          { details: { version: stored?.version ?? 0 } },
        );
      const next = version + 1;
      if (stored) tx.update(ref, { widgets, version: next });
      else tx.create(ref, { organizationId, userId, widgets, version: next });
      return next;
    });
  }

  #ref(organizationId: string, userId: string) {
    return this.db.doc(widgetsModel, userId, { orgId: organizationId });
  }
}
