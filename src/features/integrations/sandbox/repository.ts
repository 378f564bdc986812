import 'server-only';
import { FieldPath } from 'firebase-admin/firestore';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Doc } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import type { SandboxEntity } from './entities.data';
import { sandboxCrmAccountModel, sandboxCrmRecordModel } from './schema';

export type SandboxCrmRecord = Doc<typeof sandboxCrmRecordModel>;
export type SandboxCrmAccount = Doc<typeof sandboxCrmAccountModel>;
type Made = NewDoc<typeof sandboxCrmRecordModel> & { id: string };
type Change = Pick<SandboxCrmRecord, 'values' | 'stampedAt' | 'archived'>;

/** The sandbox CRM's world in Firestore, so that app and worker see the same one. */
export class SandboxCrmRepository {
  constructor(readonly db: Db) {}

  account(id: string): Promise<SandboxCrmAccount | null> {
    return this.db.get(this.db.doc(sandboxCrmAccountModel, id));
  }

  accountsOf(ownerUserId: string): Promise<SandboxCrmAccount[]> {
    const all = this.db.collection(sandboxCrmAccountModel);
    return this.db.find(all.where('ownerUserId', '==', ownerUserId).limit(50));
  }

  /** Opens an account with its first records; one that is open already stays as it is. */
  async open(
    account: NewDoc<typeof sandboxCrmAccountModel> & { id: string },
    records: readonly Made[],
  ): Promise<void> {
    const { id, ...fields } = account;
    await this.db.run(async (tx) => {
      const ref = this.db.doc(sandboxCrmAccountModel, id);
      if (await tx.get(ref)) return;
      tx.create(ref, fields);
      for (const { id: recordId, ...record } of records) tx.create(this.#ref(recordId), record);
    });
  }

  record(id: string): Promise<SandboxCrmRecord | null> {
    return this.db.get(this.#ref(id));
  }

  async create({ id, ...record }: Made): Promise<void> {
    await this.db.create(this.#ref(id), record);
  }

  async erase(id: string): Promise<void> {
    await this.db.delete(this.#ref(id));
  }

  /** In the order of ids. */
  list(
    accountId: string,
    entity: SandboxEntity,
    { archived, after, limit }: { archived: boolean; after: string | null; limit: number },
  ): Promise<SandboxCrmRecord[]> {
    const ordered = this.#of(accountId, entity, archived).orderBy(FieldPath.documentId());
    return this.db.find((after === null ? ordered : ordered.startAfter(after)).limit(limit));
  }

  /** Changed in `[from, to)`, in the order of (stamp, id), beyond the place named. */
  changes(
    accountId: string,
    entity: SandboxEntity,
    { from, to, after, limit }: { from: Date; to: Date; after: [Date, string] | null; limit: number },
  ): Promise<SandboxCrmRecord[]> {
    const ordered = this.#of(accountId, entity, false)
      .where('stampedAt', '>=', from)
      .where('stampedAt', '<', to)
      .orderBy('stampedAt')
      .orderBy(FieldPath.documentId());
    return this.db.find((after ? ordered.startAfter(...after) : ordered).limit(limit));
  }

  /** What changed last stands first. */
  page(
    accountId: string,
    entity: SandboxEntity,
    archived: boolean,
    page: PageQuery,
  ): Promise<Page<SandboxCrmRecord>> {
    return this.db.page(this.#of(accountId, entity, archived), page, { field: 'stampedAt' });
  }

  async byIds(accountId: string, ids: readonly string[]): Promise<SandboxCrmRecord[]> {
    const found = await this.db.getAll(ids.map((id) => this.#ref(id)));
    return found.filter((one): one is SandboxCrmRecord => one?.accountId === accountId);
  }

  /** All in one transaction; null leaves a record as it is. */
  async change(
    ids: readonly string[],
    decide: (record: SandboxCrmRecord | null, id: string) => Change | null,
  ): Promise<void> {
    await this.db.run(async (tx) => {
      const found = await tx.getAll(ids.map((id) => this.#ref(id)));
      const changes = ids.map((id, at) => [id, decide(found[at] ?? null, id)] as const);
      for (const [id, change] of changes) if (change) tx.update(this.#ref(id), change);
    });
  }

  #ref(id: string) {
    return this.db.doc(sandboxCrmRecordModel, id);
  }

  #of(accountId: string, entity: SandboxEntity, archived: boolean) {
    return this.db
      .collection(sandboxCrmRecordModel)
      .where('accountId', '==', accountId)
      .where('entity', '==', entity)
      .where('archived', '==', archived);
  }
}
