import 'server-only';
import type { Db } from '@/core/db/db';
import { RawDocuments } from '@/core/db/raw';
import type { TenantCollection } from './tenant.data';

/** An organisation's documents in all collections, for its export and its final deletion. */
export class TenantRepository {
  readonly #raw: RawDocuments;

  constructor(db: Db) {
    this.#raw = new RawDocuments(db);
  }

  rows(collection: TenantCollection, organizationId: string): AsyncGenerator<Record<string, unknown>> {
    return this.#raw.rows(this.#raw.where(collection, 'organizationId', organizationId), collection.omit);
  }

  /** The organisation's own subcollections: members, teams, invitations, widgets and whatever is added to them. */
  async *ownRows(
    organizationId: string,
  ): AsyncGenerator<{ name: string; rows: AsyncGenerator<Record<string, unknown>> }> {
    for (const { name, query } of await this.#raw.subcollections(`organizations/${organizationId}`)) {
      yield { name, rows: this.#raw.rows(query, ['tokenHash']) };
    }
  }

  /** @returns how many documents were deleted; 0 when none is left. */
  deleteSome(collection: TenantCollection, organizationId: string): Promise<number> {
    return this.#raw.deleteSome(this.#raw.where(collection, 'organizationId', organizationId));
  }

  async deleteSomeOwn(organizationId: string): Promise<number> {
    for (const { query } of await this.#raw.subcollections(`organizations/${organizationId}`)) {
      const deleted = await this.#raw.deleteSome(query);
      if (deleted > 0) return deleted;
    }
    return 0;
  }
}
