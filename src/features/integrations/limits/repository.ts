import 'server-only';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import type { OwnLimits } from './levels';
import { rateLimitModel } from './schema';

export type RateLimit = Doc<typeof rateLimitModel>;

/** What organisations set for their connections. */
export class RateLimitRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  ref(id: string): Ref<typeof rateLimitModel> {
    return this.db.doc(rateLimitModel, id);
  }

  async limits(organizationId: string, vendor: string, integrationId: string): Promise<OwnLimits> {
    const [own, tenant] = await Promise.all([
      this.db.get(this.ref(integrationId)),
      this.db.get(this.ref(tenantIdOf(organizationId, vendor))),
    ]);
    return {
      tenant: tenant?.limit ?? null,
      integration: own?.limit ?? null,
      operations: own?.operations ?? {},
    };
  }
}

/** Of all an organisation's connections to a vendor. */
export function tenantIdOf(organizationId: string, vendor: string): string {
  return `tenant_${organizationId}_${vendor}`;
}
