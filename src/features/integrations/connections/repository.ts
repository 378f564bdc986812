import 'server-only';
import { derivedId } from '@/core/crypto/derived-id';
import type { Page } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import { type IntegrationQuery, type IntegrationType, integrationModel } from './schema';

export type Integration = Doc<typeof integrationModel>;

/** One document per account of a vendor and organisation, so that connecting twice cannot make two. */
export function integrationIdOf(organizationId: string, type: IntegrationType, accountId: string): string {
  return `int_${derivedId([organizationId, type, accountId], 32)}`;
}

export class IntegrationRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  ref(id: string): Ref<typeof integrationModel> {
    return this.db.doc(integrationModel, id);
  }

  /** An integration of this organisation, or null. */
  async get(organizationId: string, id: string): Promise<Integration | null> {
    return own(organizationId, await this.db.get(this.ref(id)));
  }

  /** Of whatever organisation: for work in the connection's own name. */
  find(id: string): Promise<Integration | null> {
    return this.db.get(this.ref(id));
  }

  async exists(id: string): Promise<boolean> {
    return (await this.db.get(this.ref(id))) !== null;
  }

  async getIn(tx: Tx, organizationId: string, id: string): Promise<Integration | null> {
    return own(organizationId, await tx.get(this.ref(id)));
  }

  /** What people chose for a connection; nothing for one that is gone. */
  async settings(id: string): Promise<Integration['settings']> {
    return (await this.db.get(this.ref(id)))?.settings ?? {};
  }

  page(organizationId: string, { type, ...page }: IntegrationQuery): Promise<Page<Integration>> {
    const all = this.db.collection(integrationModel).where('organizationId', '==', organizationId);
    return this.db.page(type ? all.where('type', '==', type) : all, page, { field: 'createdAt' });
  }

  /** All of an organisation, newest first. */
  each(organizationId: string): AsyncIterable<Integration> {
    const all = this.db.collection(integrationModel).where('organizationId', '==', organizationId);
    return this.db.scan(all, { field: 'createdAt' });
  }
}

function own(organizationId: string, found: Integration | null): Integration | null {
  return found?.organizationId === organizationId ? found : null;
}
