import 'server-only';
import type { Db, Doc, PatchOf, Ref, Tx } from '@/core/db/db';
import { isAlreadyExists } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { RawDocuments } from '@/core/db/raw';
import type { PersonalCollection } from './personal.data';
import { userModel } from './schema';

export type User = Doc<typeof userModel>;
type Rows = AsyncGenerator<Record<string, unknown>>;

export class UserRepository {
  readonly #raw: RawDocuments;

  constructor(readonly db: Db) {
    this.#raw = new RawDocuments(db);
  }

  ref(id: string): Ref<typeof userModel> {
    return this.db.doc(userModel, id);
  }

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  user(id: string): Promise<User | null> {
    return this.db.get(this.ref(id));
  }

  /** @returns false when the document was there already. */
  async createIfMissing(id: string, data: NewDoc<typeof userModel>): Promise<boolean> {
    try {
      await this.db.create(this.ref(id), data);
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  /** Everybody who wants summaries instead of single mails. */
  async *digestReaders(): AsyncGenerator<User> {
    for (const digest of ['daily', 'weekly']) {
      const query = this.db.collection(userModel).where('settings.notifications.digest', '==', digest);
      yield* this.db.scan(query, { field: 'createdAt', direction: 'asc' });
    }
  }

  update(id: string, patch: PatchOf<User>): Promise<void> {
    return this.db.update(this.ref(id), patch);
  }

  async *accountRow(userId: string): Rows {
    const user = await this.user(userId);
    if (user) yield user;
  }

  membershipRows(userId: string): Rows {
    return this.#raw.rows(this.#raw.where({ name: 'members', group: true }, 'userId', userId));
  }

  personalRows({ name, field, omit }: PersonalCollection, userId: string): Rows {
    return this.#raw.rows(this.#raw.where({ name }, field, userId), omit);
  }

  /** Subcollections of the account: activities and whatever is added to them. */
  async *ownRows(userId: string): AsyncGenerator<{ name: string; rows: Rows }> {
    for (const { name, query } of await this.#raw.subcollections(`users/${userId}`)) {
      yield { name, rows: this.#raw.rows(query) };
    }
  }

  async erase({ name, field }: PersonalCollection, userId: string): Promise<void> {
    const query = this.#raw.where({ name }, field, userId);
    while ((await this.#raw.deleteSome(query)) > 0);
  }

  async eraseOwn(userId: string): Promise<void> {
    for (const { query } of await this.#raw.subcollections(`users/${userId}`)) {
      while ((await this.#raw.deleteSome(query)) > 0);
    }
  }
}
