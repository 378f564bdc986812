import 'server-only';
import type { Db, Doc, PatchOf, Ref, Tx } from '@/core/db/db';
import { isAlreadyExists } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { userModel } from './schema';

export type User = Doc<typeof userModel>;

export class UserRepository {
  constructor(readonly db: Db) {}

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

  update(id: string, patch: PatchOf<User>): Promise<void> {
    return this.db.update(this.ref(id), patch);
  }
}
