import 'server-only';
import type { Db, Doc, Ref } from '@/core/db/db';
import { apiKeyModel } from './schema';

export type ApiKey = Doc<typeof apiKeyModel>;

export class ApiKeyRepository {
  constructor(readonly db: Db) {}

  ref(id: string): Ref<typeof apiKeyModel> {
    return this.db.doc(apiKeyModel, id);
  }

  find(id: string): Promise<ApiKey | null> {
    return this.db.get(this.ref(id));
  }

  used(id: string, at: Date): Promise<void> {
    return this.db.update(this.ref(id), { lastUsedAt: at });
  }
}
